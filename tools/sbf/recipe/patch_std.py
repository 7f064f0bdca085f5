"""patch_std.py LIBRARY: gives a copy of Rust's library sources a "solana" operating system.

A program on the chain brings its own allocator, has one thread, no entropy, no operating system errors,
no memory that it may write and that outlives a call, and 4 KiB of stack a function.
"""

import pathlib
import sys

LIKE_VEXOS = ('target_os = "vexos",', 'target_os = "vexos", target_os = "solana",')

# What a program's own #[global_allocator] replaces; it is never called.
SYSTEM_ALLOCATOR = """    target_os = "solana" => {
        #[stable(feature = "alloc_system_type", since = "1.28.0")]
        unsafe impl GlobalAlloc for System {
            unsafe fn alloc(&self, _: Layout) -> *mut u8 { ptr::null_mut() }
            unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
        }
    }
    any(
        target_family = "unix","""

# HashMap's keys. The original counts them up in a static, which a program cannot write; and every validator must
# see the same map.
RANDOM_STATE = "    pub fn new() -> RandomState {\n"
FIXED_STATE = RANDOM_STATE + (
    '        #[cfg(target_os = "solana")]\n'
    "        return RandomState { k0: 0, k1: 0 };\n"
    '        #[cfg(not(target_os = "solana"))]\n'
    "        Self::random()\n"
    "    }\n\n"
    '    #[cfg(not(target_os = "solana"))]\n'
    "    fn random() -> RandomState {\n"
)

# (file, old text, new text, how often the old text must be there)
EDITS = [
    ("std/src/sys/alloc/mod.rs", 'panic!("add a value for MIN_ALIGN")', "8", 1),
    ("std/src/sys/alloc/mod.rs", '    any(\n        target_family = "unix",', SYSTEM_ALLOCATOR, 1),
    ("std/src/sys/random/mod.rs", *LIKE_VEXOS, 2),
    ("std/src/sys/thread_local/mod.rs", *LIKE_VEXOS, 2),
    ("std/src/sys/io/error/mod.rs", *LIKE_VEXOS, 1),
    ("std/src/hash/random.rs", RANDOM_STATE, FIXED_STATE, 1),
    # The buffers of sorting alone would fill a stack frame.
    ("core/src/slice/sort/stable/mod.rs", "AlignedStorage::<T, 4096>", "AlignedStorage::<T, 2048>", 2),
    ("core/src/slice/sort/shared/smallsort.rs", "STACK_ARRAY_SIZE: usize = 4096", "STACK_ARRAY_SIZE: usize = 2048", 1),
]


def apply(library, path, old, new, times):
    file = library / path
    text = file.read_text()
    if text.count(old) != times:
        sys.exit(
            f"tools/sbf/recipe/patch_std.py: {path} has the text below {text.count(old)} times, not {times}; "
            f"these library sources are not those of the pinned Rust (see tools/sbf/README.md):\n{old}"
        )
    file.write_text(text.replace(old, new))


if __name__ == "__main__":
    for edit in EDITS:
        apply(pathlib.Path(sys.argv[1]), *edit)
