//! Pages: `MaxResults` and `NextToken`.
//!
//! Things are listed in the order of their ids, and a token says after which id the next page begins. It also holds a digest of what was
//! asked for (action, account, region, filters), so that it cannot be used with another question. It is no secret and grants nothing:
//! whatever follows it is looked for in the caller's account only. No state is kept between pages.

use std::{collections::BTreeSet, ops::RangeInclusive};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use multihome_ec2::Ec2Error;
use multihome_types::{Refusal, ResourceId};
use sha2::{Digest, Sha256};

use crate::{
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters},
};

/// What a request says of pages.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'r> {
    pub(crate) action: &'static str,
    pub(crate) max_results: Option<u32>,
    pub(crate) next_token: Option<&'r str>,
    /// The name of the parameter with ids, if the request has any: they cannot be paged.
    pub(crate) ids: Option<&'static str>,
    /// From the smallest page to the largest: from 5 to 1,000 things for most operations.
    pub(crate) sizes: RangeInclusive<u32>,
}

/// Which part of the things that match is to be listed.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    question: [u8; 32],
    after: Option<String>,
    size: Option<usize>,
}

/// How many rows are read at once where filters are left to be looked at here, and how many at most: a load may bind as many ids.
const BATCH: usize = 1_000;
const LARGEST_BATCH: usize = 5_000;

/// How many things one answer without pages may have: as EC2, which wants large accounts to page.
const UNPAGED: usize = 100_000;

impl Page {
    /// # Errors
    /// `InvalidParameterValue` (the size), `InvalidParameterCombination` (with ids), `InvalidNextToken`.
    pub(crate) fn parse(call: &Call, asked: Asked<'_>, filters: &Filters) -> Result<Self, Ec2Error> {
        let next_token = asked.next_token.filter(|token| !token.is_empty());
        if let Some(ids) = asked.ids
            && (asked.max_results.is_some() || next_token.is_some())
        {
            let with = if asked.max_results.is_some() { "maxResults" } else { "nextToken" };
            return Err(Ec2Error::new("InvalidParameterCombination", format!("The parameter {ids} cannot be used with the parameter {with}")));
        }
        if let Some(size) = asked.max_results {
            let invalid =
                |why: String| Ec2Error::new("InvalidParameterValue", format!("Value ( {size} ) for parameter maxResults is invalid. {why}"));
            let (smallest, largest) = (*asked.sizes.start(), *asked.sizes.end());
            if size < smallest {
                return Err(invalid(format!("Expecting a value greater than {smallest}.")));
            }
            if size > largest {
                return Err(invalid(format!("Expecting a value less than or equal to {largest}.")));
            }
        }
        let mut digest = Sha256::new();
        digest.update(format!("{} {} {} ", asked.action, call.account, call.region));
        filters.digest(&mut digest);
        let mut page = Self { question: digest.finalize().into(), after: None, size: asked.max_results.and_then(|size| usize::try_from(size).ok()) };
        if let Some(token) = next_token {
            page.after = Some(page.read(token).ok_or_else(|| Ec2Error::new("InvalidNextToken", "The specified NextToken is not valid."))?);
        }
        Ok(page)
    }

    /// What a client sends to get what follows the thing with this id.
    pub(crate) fn token(&self, last: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([self.seal(last).as_slice(), last.as_bytes()].concat())
    }

    fn read(&self, token: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, last) = bytes.split_first_chunk::<SEAL>()?;
        let last = std::str::from_utf8(last).ok()?;
        (self.seal(last) == *seal).then(|| last.to_owned())
    }

    fn seal(&self, last: &str) -> [u8; SEAL] {
        let whole: [u8; 32] = Sha256::new().chain_update(self.question).chain_update(last).finalize().into();
        *whole.first_chunk().expect("a digest is longer than a seal")
    }

    /// The first of what is left, of everything that matches in the order of ids, and the token if there is more.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let Some(size) = self.size.filter(|size| *size < items.len()) else { return (items, None) };
        items.truncate(size);
        let token = items.last().map(|last| self.token(&id(last)));
        (items, token)
    }
}

const SEAL: usize = 16;

/// Reads the rows of a page, a batch after the other, until enough of them match.
///
/// `load` answers up to so many things, in the order of their ids, that come after an id, and has already asked the database for whatever
/// it can find out by an index.
///
/// # Errors
/// What `load` says, and `OperationNotPermitted` for an answer without pages that would have no end.
pub(crate) async fn gather<T: Filterable, L: Future<Output = Result<Vec<T>, Fault>>>(
    page: &Page,
    filters: &Filters,
    id: impl Fn(&T) -> &str,
    load: impl Fn(Option<String>, usize) -> L,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let wanted = page.size.map_or(UNPAGED + 1, |size| size + 1);
    let batch = if filters.is_empty() { wanted } else { wanted.max(BATCH) }.min(LARGEST_BATCH);
    let mut after = page.after.clone();
    let mut found: Vec<T> = Vec::new();
    loop {
        let some = load(after, batch).await?;
        let exhausted = some.len() < batch;
        after = some.last().map(|last| id(last).to_owned());
        found.extend(some.into_iter().filter(|item| filters.matches(item)));
        if exhausted || found.len() >= wanted {
            break;
        }
    }
    if page.size.is_none() && found.len() > UNPAGED {
        let message = format!("There are more than {UNPAGED} results. Use pages (MaxResults and NextToken), or filters.");
        return Err(Ec2Error::new("OperationNotPermitted", message).into());
    }
    Ok(page.cut(found, |item| id(item).to_owned()))
}

/// Reads the things with the ids asked for, of which every one has to be there; then the filters are looked at.
///
/// # Errors
/// What `load` says, and what `refusal` says of the first that is missing.
pub(crate) async fn gather_asked<T: Filterable, I: ResourceId, L: Future<Output = Result<Vec<T>, Fault>>>(
    asked: &[I],
    filters: &Filters,
    id: impl Fn(&T) -> &str,
    refusal: fn(I) -> Refusal,
    load: impl FnOnce(Option<String>, usize) -> L,
) -> Result<Vec<T>, Fault> {
    let mut found = load(None, asked.len()).await?;
    if found.len() < asked.len() {
        let known: BTreeSet<&str> = found.iter().map(&id).collect();
        if let Some(missing) = asked.iter().find(|asked| !known.contains(&*asked.to_string())) {
            return Err(refusal(*missing).into());
        }
    }
    found.retain(|item| filters.matches(item));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use multihome_ec2::{Filter, Tag};
    use multihome_types::Timestamp;

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Number(String);

    impl Filterable for Number {
        fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
            (name == "number").then(|| vec![Cow::Borrowed(&*self.0)])
        }

        fn tags(&self) -> &[Tag] {
            &[]
        }
    }

    fn call(account: &str) -> Call {
        Call { account: account.parse().unwrap(), region: "us-east-1".parse().unwrap(), request_id: String::new(), now: Timestamp(0) }
    }

    fn filters(value: &str) -> Filters {
        Filters::parse::<Number>(vec![Filter { name: "number".to_owned(), values: vec![value.to_owned()] }]).unwrap()
    }

    fn asked(max_results: Option<u32>, next_token: Option<&str>) -> Asked<'_> {
        Asked { action: "DescribeNumbers", max_results, next_token, ids: None, sizes: 5..=1_000 }
    }

    async fn list(page: &Page, filters: &Filters) -> (Vec<String>, Option<String>) {
        let all: Vec<Number> = (0..2_500).map(|number| Number(format!("{number:04}"))).collect();
        let load = |after: Option<String>, limit: usize| {
            std::future::ready(Ok(all.iter().filter(|number| after.as_ref().is_none_or(|after| number.0 > *after)).take(limit).cloned().collect()))
        };
        let (found, token) = gather(page, filters, |number| &number.0, load).await.unwrap();
        (found.into_iter().map(|number| number.0).collect(), token)
    }

    #[tokio::test]
    async fn pages_together_are_the_whole() {
        let (call, filters) = (call("000000000001"), filters("*7"));
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = Page::parse(&call, asked(Some(100), token.as_deref()), &filters).unwrap();
            let (some, next) = list(&page, &filters).await;
            assert!(some.len() <= 100 && !some.is_empty());
            seen.extend(some);
            token = next;
            if token.is_none() {
                break;
            }
        }
        let unpaged = list(&Page::parse(&call, asked(None, None), &filters).unwrap(), &filters).await;
        assert_eq!((seen.len(), unpaged), (250, (seen, None)));
    }

    #[test]
    fn a_token_is_good_for_its_own_question_only() {
        let (one, other) = (call("000000000001"), call("000000000002"));
        let token = Page::parse(&one, asked(Some(5), None), &filters("1")).unwrap().token("0005");
        let refused = |call: &Call, asked: Asked<'_>, filters: &Filters| Page::parse(call, asked, filters).unwrap_err().code;
        assert_eq!(Page::parse(&one, asked(None, Some(&token)), &filters("1")).unwrap().after.as_deref(), Some("0005"));
        assert_eq!(refused(&other, asked(None, Some(&token)), &filters("1")), "InvalidNextToken");
        assert_eq!(refused(&one, asked(None, Some(&token)), &filters("2")), "InvalidNextToken");
        assert_eq!(refused(&one, Asked { action: "DescribeOthers", ..asked(None, Some(&token)) }, &filters("1")), "InvalidNextToken");
        for token in ["x", "AAAA", &token[1..], "é"] {
            assert_eq!(refused(&one, asked(None, Some(token)), &filters("1")), "InvalidNextToken", "{token}");
        }
    }

    #[test]
    fn sizes_are_within_limits_and_ids_are_not_paged() {
        let call = call("000000000001");
        let code = |asked| Page::parse(&call, asked, &Filters::default()).map(drop).map_err(|error| error.code);
        for (size, good) in [(0, false), (4, false), (5, true), (1_000, true), (1_001, false)] {
            assert_eq!(code(asked(Some(size), None)).is_ok(), good, "{size}");
        }
        for (size, good) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(code(Asked { sizes: 1..=100, ..asked(Some(size), None) }).is_ok(), good, "{size}");
        }
        assert_eq!(code(Asked { ids: Some("VpcIds"), ..asked(Some(5), None) }), Err("InvalidParameterCombination".into()));
        assert_eq!(code(Asked { ids: Some("VpcIds"), ..asked(None, None) }), Ok(()));
    }
}
