use super::*;
use crate::transition::sample;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

#[test]
fn group_names_are_plain_and_default_is_taken() {
    assert_eq!(check_group("web (front)", "a group"), Ok(()));
    assert_eq!(code(check_group("", "a group")), "MissingParameter");
    assert_eq!(code(check_group("web", "")), "MissingParameter");
    for name in ["default", "Default", "sg-6300851f", "wéb", "a\nb", &"n".repeat(256)] {
        assert_eq!(code(check_group(name, "a group")), "InvalidParameterValue", "{name}");
    }
}

#[test]
fn the_default_group_trusts_its_members_and_reaches_everybody() {
    let (group, account) = (sample::id(1), AccountId::default());
    assert_eq!(ingress_from_itself(sample::id(2), group, account).peer, RulePeer::Group { id: group, account });
    assert_eq!(egress_to_all(sample::id(3)).peer, RulePeer::Cidr("0.0.0.0/0".parse().unwrap()));
}

#[test]
fn a_group_goes_when_nothing_needs_it() {
    let group: GroupId = "sg-00000001".parse().unwrap();
    assert_eq!(check_group_deletable(group, "web", false), Ok(()));
    let words = |name, used| check_group_deletable(group, name, used).unwrap_err().to_string();
    assert_eq!(words("web", true), "DependencyViolation: resource sg-00000001 has a dependent object");
    assert_eq!(words("default", false), "CannotDelete: the specified group: \"sg-00000001\" name: \"default\" cannot be deleted by a user");
}
