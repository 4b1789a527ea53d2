//! DescribeImages: those that everybody has and those of the caller, in the order of their ids.

use std::borrow::Cow;

use multihome_core::images::{self as rules, catalogue};
use multihome_ec2::{
    Ec2Error, Tag,
    image::{DescribeImages, DescribeImagesReply, Image as Shown},
};
use multihome_entities::image::{Column, Entity};
use multihome_types::{AccountId, Image, ImageId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_images(api: &Api, call: &Call, request: DescribeImages) -> Result<DescribeImagesReply, Fault> {
    let asked: Vec<ImageId> = ids::parse_all(&request.image_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeImages",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("imageIdsSet"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let whose = Whose { owners: owners(call, &request.owners)?, runners: runners(&request.executable_by)? };
    let of_caller = Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region));
    if !asked.is_empty() {
        let matching = of_caller.add(Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, call, (matching, Some(&asked)), (after, limit));
        let mut images = page::gather_asked(&asked, &filters, |shown: &Shown| &shown.image_id, rules::image_not_found, load).await?;
        images.retain(|shown| whose.includes(shown));
        return Ok(DescribeImagesReply { images, next_token: None });
    }
    let load = |after, limit| load(api, call, (of_caller.clone(), None), (after, limit));
    let (images, next_token) = page::gather(&page, &filters, |shown| &shown.image_id, load).await?;
    Ok(DescribeImagesReply { images: images.into_iter().filter(|shown| whose.includes(shown)).collect(), next_token })
}

/// Whose images are wanted; an empty list asks nothing.
struct Whose {
    owners: Vec<Owner>,
    runners: Vec<Runner>,
}

enum Owner {
    Account(AccountId),
    Alias(&'static str),
}

/// Who may launch them.
enum Runner {
    Everybody,
    /// Who was given leave by name: nobody ever is, here.
    Named,
}

fn owners(call: &Call, asked: &[String]) -> Result<Vec<Owner>, Ec2Error> {
    let owner = |text: &String| match text.as_str() {
        "self" => Ok(Owner::Account(call.account)),
        "amazon" => Ok(Owner::Alias("amazon")),
        "aws-marketplace" => Ok(Owner::Alias("aws-marketplace")),
        other => other.parse().map(Owner::Account).map_err(|_| malformed(other)),
    };
    asked.iter().map(owner).collect()
}

fn runners(asked: &[String]) -> Result<Vec<Runner>, Ec2Error> {
    let runner = |text: &String| match text.as_str() {
        "all" => Ok(Runner::Everybody),
        "self" => Ok(Runner::Named),
        other => other.parse::<AccountId>().map(|_| Runner::Named).map_err(|_| malformed(other)),
    };
    asked.iter().map(runner).collect()
}

fn malformed(text: &str) -> Ec2Error {
    let shown: String = text.chars().take(64).collect();
    Ec2Error::new("InvalidUserID.Malformed", format!("Invalid user id: \"{shown}\""))
}

impl Whose {
    fn includes(&self, shown: &Shown) -> bool {
        let owned = |owner: &Owner| match owner {
            Owner::Account(account) => shown.image_owner_id == account.to_string(),
            Owner::Alias(alias) => shown.image_owner_alias.as_deref() == Some(*alias),
        };
        let runs = |runner: &Runner| match runner {
            Runner::Everybody => shown.is_public,
            Runner::Named => false,
        };
        (self.owners.is_empty() || self.owners.iter().any(owned)) && (self.runners.is_empty() || self.runners.iter().any(runs))
    }
}

/// Registered images that match, and of the catalogue those that are named, or all.
async fn load(
    api: &Api,
    call: &Call,
    (mut matching, named): (Condition, Option<&[ImageId]>),
    (after, limit): (Option<String>, usize),
) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    if let Some(after) = &after {
        matching = matching.add(Column::Id.gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit as u64).all(conn).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    let registered = rows.into_iter().zip(ids).map(|(row, id)| show(&row.into(), None, false, tags.remove(&id).unwrap_or_default()));
    let everybodys = catalogue(call.region)
        .filter(|(_, image)| named.is_none_or(|named| named.contains(&image.id)))
        .map(|(vendor, image)| show(&image, vendor.alias(), true, Vec::new()));
    let later = |shown: &Shown| after.as_ref().is_none_or(|after| shown.image_id > *after);
    let mut all: Vec<Shown> = everybodys.filter(later).chain(registered).collect();
    all.sort_by(|one, other| one.image_id.cmp(&other.image_id));
    all.truncate(limit);
    Ok(all)
}

fn show(image: &Image, alias: Option<&str>, is_public: bool, tags: Vec<Tag>) -> Shown {
    let owner = alias.map_or_else(|| image.account.to_string(), str::to_owned);
    let v2 = |supported: bool| supported.then(|| "v2.0".to_owned());
    Shown {
        platform_details: "Linux/UNIX".to_owned(),
        usage_operation: "RunInstances".to_owned(),
        block_device_mappings: Vec::new(),
        description: Some(image.description.clone()).filter(|text| !text.is_empty()),
        ena_support: image.ena_support,
        hypervisor: "xen".to_owned(),
        image_owner_alias: alias.map(str::to_owned),
        name: image.name.clone(),
        root_device_name: image.root_device.clone(),
        root_device_type: "ebs".to_owned(),
        tags: Some(tags).filter(|tags| !tags.is_empty()),
        virtualization_type: "hvm".to_owned(),
        boot_mode: image.boot_mode.map(|mode| mode.to_string()),
        tpm_support: v2(image.tpm_support),
        imds_support: v2(image.imds_v2),
        image_id: image.id.to_string(),
        image_location: image.location.clone().unwrap_or_else(|| format!("{owner}/{}", image.name)),
        image_state: "available".to_owned(),
        image_owner_id: image.account.to_string(),
        creation_date: image.created.to_string(),
        is_public,
        architecture: image.architecture.to_string(),
        image_type: "machine".to_owned(),
    }
}

/// Everything EC2 documents; of disks, products and sources no image has any.
impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "architecture" => one(&self.architecture),
            "boot-mode" => many(self.boot_mode.as_deref()),
            "creation-date" => one(&self.creation_date),
            "description" => many(self.description.as_deref()),
            "ena-support" => flag(self.ena_support),
            "hypervisor" => one(&self.hypervisor),
            "image-allowed" => flag(true),
            "image-id" => one(&self.image_id),
            "image-type" => one(&self.image_type),
            "imds-support" => many(self.imds_support.as_deref()),
            "is-public" => flag(self.is_public),
            "manifest-location" => one(&self.image_location),
            "name" => one(&self.name),
            "owner-alias" => many(self.image_owner_alias.as_deref()),
            "owner-id" => one(&self.image_owner_id),
            "root-device-name" => one(&self.root_device_name),
            "root-device-type" => one(&self.root_device_type),
            "state" => one(&self.image_state),
            "tpm-support" => many(self.tpm_support.as_deref()),
            "virtualization-type" => one(&self.virtualization_type),
            "block-device-mapping.delete-on-termination"
            | "block-device-mapping.device-name"
            | "block-device-mapping.snapshot-id"
            | "block-device-mapping.volume-size"
            | "block-device-mapping.volume-type"
            | "block-device-mapping.encrypted"
            | "free-tier-eligible"
            | "kernel-id"
            | "platform"
            | "product-code"
            | "product-code.type"
            | "ramdisk-id"
            | "source-image-id"
            | "source-image-region"
            | "source-instance-id"
            | "sriov-net-support"
            | "state-reason-code"
            | "state-reason-message" => Some(Vec::new()),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}
