//! The program's face to the chain: no accounts, 16 bytes of instruction data, the digest as return data.

use crate::CASES;
use std::alloc::{GlobalAlloc, Layout};

/// Where the runtime puts the heap of a program, and the size it has unless a transaction asks for more.
const HEAP_START: usize = 0x3_0000_0000;
const HEAP_BYTES: usize = 32 * 1024;

/// The instruction data names no case, or is too short.
const UNKNOWN_CASE: u64 = 1;

unsafe extern "C" {
    fn sol_set_return_data(data: *const u8, length: u64);
}

/// Hands out the heap from its end downwards and takes nothing back. Its state is the heap's first word, because a
/// program has no mutable statics.
struct Downwards;

// SAFETY: the returned blocks are disjoint, inside the heap, and aligned by the mask (alignments are powers of two).
unsafe impl GlobalAlloc for Downwards {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let lowest = HEAP_START as *mut usize;
        // SAFETY: the runtime maps the heap zeroed at HEAP_START, and programs have one thread.
        let before = unsafe { if *lowest == 0 { HEAP_START + HEAP_BYTES } else { *lowest } };
        let block = before.saturating_sub(layout.size()) & !(layout.align() - 1);
        if block < HEAP_START + size_of::<usize>() {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { *lowest = block };
        block as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Downwards = Downwards;

/// What the runtime calls. Without accounts, `input` is: the number of accounts (0), the length of the instruction data,
/// the data.
///
/// # Safety
///
/// `input` is the runtime's serialized input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *const u8) -> u64 {
    // SAFETY: by the contract above these words are there once the length is at least 16.
    let word = |index: usize| unsafe { input.cast::<u64>().add(index).read_unaligned() };
    if word(0) != 0 || word(1) < 16 {
        return UNKNOWN_CASE;
    }
    let Some(case) = usize::try_from(word(2)).ok().and_then(|index| CASES.get(index)) else {
        return UNKNOWN_CASE;
    };
    let digest = (case.digest)(word(3)).to_le_bytes();
    // SAFETY: the pointer and the length are those of `digest`.
    unsafe { sol_set_return_data(digest.as_ptr(), digest.len() as u64) };
    0
}
