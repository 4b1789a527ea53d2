//! EC2's filters: `Filter.N`, each a name and values.
//!
//! Of the values of a filter one has to match, of the filters all. `*` stands for any text and `?` for one character, unless a `\`
//! precedes them. Tags are filtered alike for every kind of thing (`tag:<key>`, `tag-key`, `tag-value`); the other names are each
//! kind's own. What of a filter can be asked of the database ([`Filters::exact`]) is asked there and looked at here once more.

use std::borrow::Cow;

use multihome_ec2::{Ec2Error, Filter, Tag};
use sha2::{Digest, Sha256};

/// What can be filtered: a thing in the form it has in the reply, so that its [`Default`] knows the names too.
pub(crate) trait Filterable: Default {
    /// What the thing has under a filter's name: `None` if there is no such filter, nothing if there is and the thing has nothing.
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>>;

    fn tags(&self) -> &[Tag];
}

/// One value, for [`Filterable::values`].
pub(crate) fn one<'a>(value: impl Into<Cow<'a, str>>) -> Option<Vec<Cow<'a, str>>> {
    Some(vec![value.into()])
}

/// Any number of values, for [`Filterable::values`].
pub(crate) fn many<'a, V: Into<Cow<'a, str>>>(values: impl IntoIterator<Item = V>) -> Option<Vec<Cow<'a, str>>> {
    Some(values.into_iter().map(Into::into).collect())
}

/// As a filter spells a boolean.
pub(crate) fn flag(value: bool) -> Option<Vec<Cow<'static, str>>> {
    one(if value { "true" } else { "false" })
}

/// Source: the answer `FilterLimitExceeded` of EC2.
const MAX_VALUES: usize = 200;

/// The filters of one request.
#[derive(Debug, Default)]
pub(crate) struct Filters(Vec<Condition>);

#[derive(Debug)]
struct Condition {
    name: String,
    patterns: Vec<Pattern>,
}

impl Filters {
    /// # Errors
    /// `InvalidParameterValue` for a name that things of this kind do not have, `MissingParameter`, `FilterLimitExceeded`.
    pub(crate) fn parse<T: Filterable>(filters: Vec<Filter>) -> Result<Self, Ec2Error> {
        let sample = T::default();
        if filters.iter().map(|filter| filter.values.len()).sum::<usize>() > MAX_VALUES {
            return Err(Ec2Error::new(
                "FilterLimitExceeded",
                format!("The maximum number of filter values specified on a single call is {MAX_VALUES}"),
            ));
        }
        let parse = |(place, Filter { name, values }): (usize, Filter)| {
            if !matches!(&*name, "tag-key" | "tag-value") && name.strip_prefix("tag:").is_none_or(str::is_empty) && sample.values(&name).is_none() {
                let shown: String = name.chars().take(128).collect();
                return Err(Ec2Error::new("InvalidParameterValue", format!("The filter '{shown}' is invalid")));
            }
            if values.is_empty() {
                return Err(Ec2Error::missing_parameter(&format!("Filter.{}.Value", place + 1)));
            }
            Ok(Condition { patterns: values.iter().map(|value| Pattern::parse(value)).collect(), name })
        };
        Ok(Self(filters.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?))
    }

    /// Whether all filters match.
    pub(crate) fn matches<T: Filterable>(&self, item: &T) -> bool {
        self.0.iter().all(|condition| condition.matches(item))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values of a filter if each is one text and not a pattern: then the database can look for them.
    pub(crate) fn exact(&self, name: &str) -> Option<Vec<String>> {
        let condition = self.0.iter().find(|condition| condition.name == name)?;
        condition.patterns.iter().map(|pattern| pattern.as_text().map(str::to_owned)).collect()
    }

    /// Two requests with the same filters have the same digest.
    pub(crate) fn digest(&self, into: &mut Sha256) {
        into.update(format!("{:?}", self.0));
    }
}

impl Condition {
    fn matches<T: Filterable>(&self, item: &T) -> bool {
        let any = |value: &str| self.patterns.iter().any(|pattern| pattern.matches(value));
        match &*self.name {
            "tag-key" => item.tags().iter().any(|tag| any(&tag.key)),
            "tag-value" => item.tags().iter().any(|tag| any(&tag.value)),
            name => match name.strip_prefix("tag:") {
                Some(key) => item.tags().iter().any(|tag| tag.key == key && any(&tag.value)),
                None => item.values(name).unwrap_or_default().iter().any(|value| any(value)),
            },
        }
    }
}

/// A value of a filter.
#[derive(Debug)]
enum Pattern {
    Text(String),
    Wild(Vec<Piece>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// `?`
    One,
    /// `*`
    Any,
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            pieces.push(match character {
                '*' => Piece::Any,
                '?' => Piece::One,
                // A backslash at the end stands for itself.
                '\\' => Piece::Character(characters.next().unwrap_or('\\')),
                other => Piece::Character(other),
            });
        }
        let plain = |piece: &Piece| if let Piece::Character(character) = piece { Some(*character) } else { None };
        match pieces.iter().map(plain).collect() {
            Some(text) => Self::Text(text),
            None => Self::Wild(pieces),
        }
    }

    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Wild(_) => None,
        }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Text(text) => text == value,
            Self::Wild(pieces) => matches(pieces, &value.chars().collect::<Vec<_>>()),
        }
    }
}

/// Goes back to the last `*` only, so the cost is at most the product of the lengths, whatever a caller writes.
fn matches(pieces: &[Piece], value: &[char]) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < value.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                star = Some((piece, at));
                piece += 1;
            }
            Some(Piece::One) => (piece, at) = (piece + 1, at + 1),
            Some(Piece::Character(character)) if *character == value[at] => (piece, at) = (piece + 1, at + 1),
            Some(Piece::Character(_)) | None => {
                let Some((at_star, taken)) = star else { return false };
                star = Some((at_star, taken + 1));
                (piece, at) = (at_star + 1, taken + 1);
            }
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Thing {
        colour: String,
        sizes: Vec<String>,
        tags: Vec<Tag>,
    }

    impl Filterable for Thing {
        fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
            match name {
                "colour" => one(&self.colour),
                "size" => many(&self.sizes),
                _ => None,
            }
        }

        fn tags(&self) -> &[Tag] {
            &self.tags
        }
    }

    fn filters(list: &[(&str, &[&str])]) -> Result<Filters, Ec2Error> {
        let list =
            list.iter().map(|(name, values)| Filter { name: (*name).to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() });
        Filters::parse::<Thing>(list.collect())
    }

    fn matching(list: &[(&str, &[&str])]) -> bool {
        let tags = vec![Tag { key: "Name".to_owned(), value: "front door".to_owned() }, Tag { key: "a:b".to_owned(), value: String::new() }];
        let thing = Thing { colour: "dark*red".to_owned(), sizes: vec!["s".to_owned(), "m".to_owned()], tags };
        filters(list).unwrap().matches(&thing)
    }

    #[test]
    fn of_values_one_and_of_filters_all() {
        assert!(matching(&[]));
        assert!(matching(&[("size", &["xl", "m"])]));
        assert!(matching(&[("size", &["m"]), ("size", &["s"])]));
        assert!(!matching(&[("size", &["m"]), ("colour", &["blue"])]));
    }

    #[test]
    fn wildcards_match_and_can_be_escaped() {
        for (pattern, expected) in [
            ("*", true),
            ("d*r*d", true),
            ("*e?", true),
            ("????????", true),
            ("???????", false),
            ("dark*red*", true),
            ("dark\\*red", true),
            ("dark\\?red", false),
            ("dark", false),
            ("Dark*", false),
            ("*dark", false),
            ("", false),
        ] {
            assert_eq!(matching(&[("colour", &[pattern])]), expected, "{pattern}");
        }
    }

    #[test]
    fn tags_are_matched_by_key_and_value() {
        assert!(matching(&[("tag:Name", &["front*"])]));
        assert!(matching(&[("tag:a:b", &[""])]));
        assert!(!matching(&[("tag:name", &["front*"])]));
        assert!(matching(&[("tag-key", &["N?me"])]));
        assert!(matching(&[("tag-value", &["front door"])]));
    }

    #[test]
    fn an_unknown_name_is_refused_even_where_there_is_nothing_to_filter() {
        for name in ["weight", "", "tag:", "Colour"] {
            let error = filters(&[(name, &["x"])]).unwrap_err();
            assert_eq!(error.to_string(), format!("InvalidParameterValue: The filter '{name}' is invalid"));
        }
        assert_eq!(filters(&[("size", &[])]).unwrap_err().code, "MissingParameter");
        assert_eq!(filters(&[("size", &["x"; 201])]).unwrap_err().code, "FilterLimitExceeded");
    }

    #[test]
    fn only_plain_values_are_for_the_database() {
        let some = filters(&[("size", &["s", "\\*"]), ("colour", &["red", "b*"])]).unwrap();
        assert_eq!(some.exact("size"), Some(vec!["s".to_owned(), "*".to_owned()]));
        assert_eq!((some.exact("colour"), some.exact("tag:x")), (None, None));
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_its_length() {
        let value: Vec<char> = "a".repeat(2_000).chars().collect();
        let Pattern::Wild(pieces) = Pattern::parse(&format!("{}b", "a*".repeat(500))) else { panic!() };
        assert!(!matches(&pieces, &value));
    }
}
