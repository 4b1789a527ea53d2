//! RegisterImage.

use multihome_core::{images as rules, refusals};
use multihome_ec2::{
    Ec2Error, Tag,
    image::{RegisterImage, RegisterImageReply},
};
use multihome_entities::image::{self, Column, Entity};
use multihome_types::{Architecture, EntityKind, Generation, Image};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{
        tags::{apply_tags, specified},
        with_fresh_ids,
    },
};

/// What EC2 calls the first disk of most images.
const ROOT_DEVICE: &str = "/dev/sda1";
/// The only version of either that there is.
const SUPPORT: &str = "v2.0";

pub(crate) async fn register_image(api: &Api, call: &Call, request: RegisterImage) -> Result<RegisterImageReply, Fault> {
    rules::check_name(&request.name)?;
    let description = request.description.unwrap_or_default();
    rules::check_description(&description)?;
    let root_device = request.root_device_name.unwrap_or_else(|| ROOT_DEVICE.to_owned());
    rules::check_root_device(&root_device)?;
    match request.virtualization_type.as_deref() {
        None | Some("hvm") => {}
        Some("paravirtual") => return Err(refusals::unsupported("Images for paravirtual machines are not supported: use 'hvm'.").into()),
        Some(other) => return Err(Ec2Error::invalid_parameter_value("VirtualizationType", other, "It must be hvm.").into()),
    }
    // EC2's default is older than most of what is launched, and this one is not EC2's.
    let architecture = parsed("Architecture", request.architecture.as_deref())?.unwrap_or(Architecture::X86_64);
    let draft = Image {
        id: api.fresh(),
        account: call.account,
        region: call.region,
        name: request.name,
        description,
        location: request.image_location,
        architecture,
        root_device,
        ena_support: request.ena_support,
        boot_mode: parsed("BootMode", request.boot_mode.as_deref())?,
        tpm_support: supported("TpmSupport", request.tpm_support.as_deref())?,
        imds_v2: supported("ImdsSupport", request.imds_support.as_deref())?,
        created: call.now,
        generation: Generation::FIRST,
    };
    let tags = specified(&request.tag_specifications, "image")?;
    let id = with_fresh_ids(|| async {
        let image = Image { id: api.fresh(), ..draft.clone() };
        apply(api, call, &image, &tags).await?;
        Ok(image.id)
    })
    .await?;
    Ok(RegisterImageReply { image_id: id.to_string() })
}

fn parsed<T: std::str::FromStr<Err = String>>(name: &str, asked: Option<&str>) -> Result<Option<T>, Ec2Error> {
    asked.map(|text| text.parse().map_err(|_| Ec2Error::invalid_parameter_value(name, text, "It is none that images can have."))).transpose()
}

fn supported(name: &str, asked: Option<&str>) -> Result<bool, Ec2Error> {
    match asked {
        None => Ok(false),
        Some(SUPPORT) => Ok(true),
        Some(other) => Err(Ec2Error::invalid_parameter_value(name, other, "It must be v2.0.")),
    }
}

async fn apply(api: &Api, call: &Call, image: &Image, tags: &[Tag]) -> Result<(), Fault> {
    let mut txn = api.store.begin().await?;
    // Whoever is too late to see this meets the schema, and then sees it.
    let same_name =
        Entity::find().filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region)).filter(Column::Name.eq(&image.name));
    if let Some(other) = same_name.one(txn.conn()).await? {
        return Err(rules::name_taken(&other.name, other.id).into());
    }
    Entity::insert(image::Model::from(image.clone()).into_active_model()).exec_without_returning(txn.conn()).await?;
    apply_tags(&txn, call, &image.id.to_string(), tags).await?;
    let why = format!("Image {} ({}) was registered.", image.id, image.name);
    txn.record(vec![call.change((EntityKind::Image, image.id, image.generation), "created", why)]).await?;
    txn.commit().await?;
    Ok(())
}
