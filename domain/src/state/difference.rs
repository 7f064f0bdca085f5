//! Where two states of an entity differ, field by field.

use super::Entity;
use serde_json::{Map, Value};
use std::fmt;

/// What one side shows where it has nothing.
const NOTHING: &str = "nothing";

/// A field whose values differ. Values are JSON, strings without their quotes; `nothing` where a side lacks the field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FieldDifference {
    /// Its path, such as `content_log.count` or `votes[2].approve`; empty for the entity as a whole.
    pub field: String,
    /// Its value on the left.
    pub left: String,
    /// Its value on the right.
    pub right: String,
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, left, right } = self;
        let field = if field.is_empty() { "all of it" } else { field };
        write!(f, "{field}: {left} against {right}")
    }
}

/// The fields in which two states differ, in the order of their paths; none where they are equal. Entities of
/// different kinds differ in `entity_type`, and in whatever fields only one of them has.
#[must_use]
pub fn difference(left: &Entity, right: &Entity) -> Vec<FieldDifference> {
    let mut found = Walk::default();
    found.values("", Some(&json(left)), Some(&json(right)));
    found.differences
}

/// [`difference`] where either side may have no such entity: then they differ as a whole, with an empty path.
#[must_use]
pub fn optional_difference(left: Option<&Entity>, right: Option<&Entity>) -> Vec<FieldDifference> {
    match (left, right) {
        (Some(left), Some(right)) => difference(left, right),
        (None, None) => vec![],
        (left, right) => {
            let shown = |side: Option<&Entity>| side.map_or_else(|| NOTHING.into(), Entity::canonical_json);
            vec![FieldDifference { field: String::new(), left: shown(left), right: shown(right) }]
        }
    }
}

fn json(entity: &Entity) -> Value {
    serde_json::to_value(entity).expect("entities have only text, integers and lists")
}

#[derive(Default)]
struct Walk {
    differences: Vec<FieldDifference>,
}

impl Walk {
    fn values(&mut self, path: &str, left: Option<&Value>, right: Option<&Value>) {
        match (left, right) {
            _ if left == right => {}
            (Some(Value::Object(left)), Some(Value::Object(right))) => self.objects(path, left, right),
            (Some(Value::Array(left)), Some(Value::Array(right))) => self.lists(path, left, right),
            _ => self.differences.push(FieldDifference {
                field: path.into(),
                left: shown(left),
                right: shown(right),
            }),
        }
    }

    fn objects(&mut self, path: &str, left: &Map<String, Value>, right: &Map<String, Value>) {
        let mut fields: Vec<_> = left.keys().chain(right.keys()).collect();
        // The order of JSON objects depends on a feature of serde_json that other crates turn on.
        fields.sort();
        fields.dedup();
        for field in fields {
            let path = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
            self.values(&path, left.get(field), right.get(field));
        }
    }

    fn lists(&mut self, path: &str, left: &[Value], right: &[Value]) {
        for index in 0..left.len().max(right.len()) {
            self.values(&format!("{path}[{index}]"), left.get(index), right.get(index));
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => NOTHING.into(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Amount, Hash32, ThreadId, Wallet};
    use crate::state::{Proposal, ProposalStatus, Treasury, Vote};

    fn proposal() -> Proposal {
        let vote = |member| Vote { voter: Wallet([member; 32]), member: member.into(), approve: true };
        Proposal {
            thread: ThreadId([1; 32]),
            hash: Hash32([2; 32]),
            author: Wallet([3; 32]),
            stake: Amount(7),
            status: ProposalStatus::Pending,
            votes: vec![vote(0), vote(1), vote(2)],
            created_at: 1,
            expires_at: 2,
            decided_at: None,
        }
    }

    fn against(change: impl FnOnce(&mut Proposal)) -> Vec<String> {
        let (left, mut right) = (proposal(), proposal());
        change(&mut right);
        let found = difference(&Entity::Proposal(left), &Entity::Proposal(right));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_states_differ_in_nothing() {
        assert!(against(|_| ()).is_empty());
        let entity = Entity::Proposal(proposal());
        assert!(optional_difference(Some(&entity), Some(&entity)).is_empty());
        assert!(optional_difference(None, None).is_empty());
    }

    #[test]
    fn each_field_is_named_by_its_path_with_both_values() {
        let found = against(|right| {
            right.stake = Amount(8);
            right.votes[2].approve = false;
            right.decided_at = Some(9);
        });
        assert_eq!(
            found,
            ["decided_at: null against 9", "stake: 7 against 8", "votes[2].approve: true against false"]
        );
    }

    #[test]
    fn what_only_one_list_has_is_shown_whole() {
        let found = against(|right| right.votes.truncate(2));
        let voter = Wallet([2; 32]);
        let vote = |order: [&str; 3]| format!("votes[2]: {{{}}} against nothing", order.join(","));
        let fields = ["\"approve\":true", "\"member\":2", &format!("\"voter\":\"{voter}\"")];
        let [approve, member, voter] = fields;
        let forms = [vote([approve, member, voter]), vote([voter, member, approve])];
        assert!(found.len() == 1 && forms.contains(&found[0]), "{found:?}");
    }

    #[test]
    fn other_kinds_differ_in_their_type_and_a_missing_side_in_all() {
        let treasury = Entity::Treasury(Treasury { balance: Amount(7) });
        let found = difference(&Entity::Proposal(proposal()), &treasury);
        let of = |field: &str| found.iter().find(|difference| difference.field == field).unwrap().to_string();
        assert_eq!(of("entity_type"), "entity_type: proposal against treasury");
        assert_eq!(of("balance"), "balance: nothing against 7");
        let [whole] = optional_difference(None, Some(&treasury)).try_into().unwrap();
        assert_eq!(
            whole.to_string(),
            r#"all of it: nothing against {"balance":"7","entity_type":"treasury"}"#
        );
    }
}
