//! Table `images`: those that accounts registered.

use multihome_types::{AccountId, Architecture, BootMode, Generation, Image, ImageId, Region, Timestamp};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "images")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImageId,
    pub account: AccountId,
    pub region: Region,
    pub name: String,
    pub description: String,
    pub location: Option<String>,
    pub architecture: Architecture,
    pub root_device: String,
    pub ena_support: bool,
    pub boot_mode: Option<BootMode>,
    pub tpm_support: bool,
    pub imds_v2: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Image {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            account: row.account,
            region: row.region,
            name: row.name,
            description: row.description,
            location: row.location,
            architecture: row.architecture,
            root_device: row.root_device,
            ena_support: row.ena_support,
            boot_mode: row.boot_mode,
            tpm_support: row.tpm_support,
            imds_v2: row.imds_v2,
            created: row.created,
            generation: row.generation,
        }
    }
}

impl From<Image> for Model {
    fn from(image: Image) -> Self {
        Self {
            id: image.id,
            account: image.account,
            region: image.region,
            name: image.name,
            description: image.description,
            location: image.location,
            architecture: image.architecture,
            root_device: image.root_device,
            ena_support: image.ena_support,
            boot_mode: image.boot_mode,
            tpm_support: image.tpm_support,
            imds_v2: image.imds_v2,
            created: image.created,
            generation: image.generation,
        }
    }
}
