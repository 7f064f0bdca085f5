use super::encoded::{
    OTHER_PROGRAM, PROGRAM, created, failed_json, initialized, json, published, transaction,
};
use crate::decode::decode;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale_domain::id::{Signature, Wallet};
use chorale_store::IndexedTransaction;
use serde_json::{Value, json};

const SIGNATURE: Signature = Signature([3; 64]);

fn decoded(value: Value) -> IndexedTransaction {
    answered(value).unwrap()
}

fn answered(value: Value) -> Result<IndexedTransaction, &'static str> {
    decode(PROGRAM, SIGNATURE, &serde_json::from_value(value).unwrap())
}

fn kinds(indexed: &IndexedTransaction) -> Vec<(u32, u32, &'static str)> {
    let events = indexed.events.iter();
    events.map(|event| (event.id.instruction, event.id.inner, event.event.kind())).collect()
}

#[test]
fn events_are_found_among_other_calls_with_their_place() {
    let calls = [
        (OTHER_PROGRAM, created()),
        (PROGRAM, initialized()),
        (PROGRAM, vec![1, 2, 3]),
        (OTHER_PROGRAM, vec![]),
        (PROGRAM, created()),
    ];
    let indexed = decode(PROGRAM, SIGNATURE, &transaction(77, &calls)).unwrap();
    assert_eq!(kinds(&indexed), [(0, 1, "config_initialized"), (0, 4, "thread_created")]);
    assert_eq!((indexed.slot, indexed.block_time), (77, Some(1_700_000_077)));
    assert_eq!(indexed.dead_letter, None);
    let first = &indexed.events[0];
    assert_eq!((first.id.signature, first.slot, first.schema), (SIGNATURE, 77, 1));
}

#[test]
fn a_program_that_comes_from_a_lookup_table_is_recognised() {
    let calls = [(PROGRAM, initialized()), (OTHER_PROGRAM, created())];
    let indexed = decode(OTHER_PROGRAM, SIGNATURE, &transaction(1, &calls)).unwrap();
    assert_eq!(kinds(&indexed), [(0, 1, "thread_created")]);
    let nobody = decode(Wallet([77; 32]), SIGNATURE, &transaction(1, &calls)).unwrap();
    assert_eq!((nobody.events, nobody.dead_letter), (vec![], None));
}

#[test]
fn events_come_in_the_order_of_execution() {
    let mut value = json(1, &[(PROGRAM, created())]);
    let second = json(1, &[(PROGRAM, initialized())])["meta"]["innerInstructions"][0].clone();
    let groups = value["meta"]["innerInstructions"].as_array_mut().unwrap();
    groups[0]["index"] = json!(2);
    groups.push(second);
    let indexed = decoded(value);
    assert_eq!(kinds(&indexed), [(0, 0, "config_initialized"), (2, 0, "thread_created")]);
}

#[test]
fn a_failed_transaction_gives_nothing() {
    let indexed = decoded(failed_json(1, &[(PROGRAM, created())]));
    assert_eq!((indexed.failed, indexed.events, indexed.dead_letter), (true, vec![], None));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_kept() {
    let unknown = [EVENT_IX_TAG_LE, &[0; 9]].concat();
    let mut cut = published([1; 32], 0);
    cut.pop();
    let mut newer = created();
    newer[16] = 200;
    for (bad, reason) in [(unknown, "no event has"), (cut, "do not fit"), (newer, "not 200")] {
        let calls = [(PROGRAM, initialized()), (PROGRAM, bad), (PROGRAM, created())];
        let indexed = decode(PROGRAM, SIGNATURE, &transaction(1, &calls)).unwrap();
        assert_eq!(kinds(&indexed), [(0, 0, "config_initialized"), (0, 2, "thread_created")]);
        let letter = indexed.dead_letter.unwrap();
        assert!(letter.contains("instruction 0/1") && letter.contains(reason), "{letter}");
    }
}

#[test]
fn a_node_that_leaves_out_what_is_needed_gave_no_answer() {
    let whole = json(1, &[(PROGRAM, created())]);
    let mut no_meta = whole.clone();
    no_meta["meta"] = Value::Null;
    let mut no_inner = whole.clone();
    no_inner["meta"]["innerInstructions"] = Value::Null;
    let mut no_accounts = json(1, &[(OTHER_PROGRAM, created())]);
    no_accounts["meta"]["loadedAddresses"] = Value::Null;
    let mut no_base58 = whole.clone();
    no_base58["meta"]["innerInstructions"][0]["instructions"][0]["data"] = json!("0OIl");
    let mut other_encoding = whole;
    other_encoding["transaction"] = json!(["AQ==", "base64"]);
    let cases = [
        (no_meta, "status metadata"),
        (no_inner, "inner instructions"),
        (no_accounts, "left out accounts"),
        (no_base58, "base58"),
        (other_encoding, "encoding"),
    ];
    for (value, reason) in cases {
        let left_out = answered(value).unwrap_err();
        assert!(left_out.contains(reason), "{left_out}");
    }
}

#[test]
fn followers_know_the_limits_of_the_program() {
    use chorale::state as program;
    use chorale_domain::state as domain;
    assert_eq!(u32::try_from(program::MAX_CO_AUTHORS), Ok(domain::MAX_CO_AUTHORS));
    assert_eq!(program::MAX_ROOTS, domain::MAX_ROOTS);
}
