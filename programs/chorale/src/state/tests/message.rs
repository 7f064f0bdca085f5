//! The record of a message.

use super::*;

const RECORD: Message = Message {
    version: LAYOUT_VERSION,
    thread: Address::new_from_array([0xaa; 32]),
    author: Address::new_from_array([2; 32]),
    hash: [5; 32],
    sequence: PodU64::MAX,
    approved_at: PodI64::MIN,
    bump: 252,
};

#[test]
fn a_published_message_has_a_record() {
    let mut message = Message::zeroed();
    message.begin((thread_address(), wallet(2), hash(5)), u64::MAX, i64::MIN, 252);
    assert_eq!(bytemuck::bytes_of(&message), bytemuck::bytes_of(&RECORD));
}

#[test]
fn an_approved_proposal_becomes_the_same_record() {
    let proposal = Proposal {
        thread: thread_address(),
        author: wallet(2),
        hash: hash(5),
        bump: 252,
        ..Proposal::zeroed()
    };
    let message = Message::of(&proposal, u64::MAX, i64::MIN);
    assert_eq!(bytemuck::bytes_of(&message), bytemuck::bytes_of(&RECORD));
}

#[test]
fn a_record_takes_its_discriminator_and_its_fields() {
    assert_eq!(Message::SPACE, 8 + 1 + 3 * 32 + 2 * 8 + 1);
}
