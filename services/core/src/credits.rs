//! CPU credits: whether a burstable instance may go on when it has used up its own. Nothing here runs faster or slower for it.

use multihome_types::{Instance, InstanceState, Refusal};

use crate::{
    instance_types::{Feature, predefined},
    refusals,
};

/// EC2's words.
pub const fn word(unlimited: bool) -> &'static str {
    if unlimited { "unlimited" } else { "standard" }
}

/// `standard` or `unlimited`.
pub fn parse(text: &str) -> Result<bool, Refusal> {
    match text {
        "standard" => Ok(false),
        "unlimited" => Ok(true),
        other => {
            let shown: String = other.chars().take(64).collect();
            Err(refusals::invalid_value(format!("Value ({shown}) for parameter CpuCredits is invalid. It must be standard or unlimited.")))
        }
    }
}

pub fn is_burstable(type_name: &str) -> bool {
    predefined(type_name).is_some_and(|known| known.has(Feature::Burstable))
}

/// Whether an instance has unlimited credits; `None` where its type knows no credits. Of the oldest family they are limited unless somebody
/// says otherwise, of the others the other way round.
pub fn of(instance: &Instance) -> Option<bool> {
    let usual = !instance.instance_type.starts_with("t2.");
    is_burstable(&instance.instance_type).then(|| instance.attributes.unlimited_credits.unwrap_or(usual))
}

/// Whether a launch of a type may say something about credits.
pub fn check_launch(asked: Option<bool>, type_name: &str) -> Result<(), Refusal> {
    if asked.is_none() || is_burstable(type_name) {
        return Ok(());
    }
    Err(refusals::invalid_combination(format!("The CPU credits of an instance of type '{type_name}' cannot be specified: it is not burstable.")))
}

/// Whether the credits of an instance can be changed.
pub fn check_change(instance: &Instance) -> Result<(), Refusal> {
    if of(instance).is_none() {
        let message = format!("The instance '{}' is not a burstable performance instance.", instance.id);
        return Err(Refusal::new("InstanceCreditSpecification.NotSupported", message));
    }
    match instance.state {
        InstanceState::Running | InstanceState::Stopped => Ok(()),
        InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
            Err(refusals::instance_cannot_be_modified(instance.id, instance.state))
        }
    }
}

/// Where somebody asks for the credits of an instance by name that has none.
pub fn not_burstable(instance: &Instance) -> Refusal {
    refusals::unsupported(format!("The instance '{}' is not a burstable performance instance.", instance.id))
}

#[cfg(test)]
mod tests {
    use multihome_types::InstanceAttributes;

    use super::*;
    use crate::transition::sample;

    fn instance(kind: &str, unlimited_credits: Option<bool>) -> Instance {
        let attributes = InstanceAttributes { unlimited_credits, ..InstanceAttributes::default() };
        Instance { instance_type: kind.to_owned(), attributes, ..sample::instance(InstanceState::Running) }
    }

    #[test]
    fn credits_are_as_the_family_has_them_unless_somebody_says_otherwise() {
        for (kind, said, expected) in [
            ("t2.micro", None, Some(false)),
            ("t2.micro", Some(true), Some(true)),
            ("t3.micro", None, Some(true)),
            ("t3.micro", Some(false), Some(false)),
            ("t4g.micro", None, Some(true)),
            ("m5.large", None, None),
            ("m5.large", Some(true), None),
        ] {
            assert_eq!(of(&instance(kind, said)), expected, "{kind} {said:?}");
        }
        assert!(check_launch(Some(true), "t3.micro").is_ok() && check_launch(None, "m5.large").is_ok());
        assert_eq!(check_launch(Some(true), "m5.large").unwrap_err().code, "InvalidParameterCombination");
        assert_eq!((parse("standard"), parse("unlimited"), parse("many").is_err()), (Ok(false), Ok(true), true));
    }

    #[test]
    fn they_change_while_the_instance_is_at_rest() {
        for state in InstanceState::ALL.iter().copied() {
            let at_rest = matches!(state, InstanceState::Running | InstanceState::Stopped);
            assert_eq!(check_change(&Instance { state, ..instance("t3.micro", None) }).is_ok(), at_rest, "{state}");
        }
        assert_eq!(check_change(&instance("m5.large", None)).unwrap_err().code, "InstanceCreditSpecification.NotSupported");
    }
}
