//! What an instance is launched from.

use crate::{AccountId, Architecture, Generation, ImageId, Region, Timestamp};

crate::text::text_enum! {
    pub enum BootMode {
        LegacyBios = "legacy-bios",
        Uefi = "uefi",
        UefiPreferred = "uefi-preferred",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub id: ImageId,
    pub account: AccountId,
    pub region: Region,
    /// Unique among those of its account and region.
    pub name: String,
    pub description: String,
    /// Where it was registered from, if somebody said so.
    pub location: Option<String>,
    pub architecture: Architecture,
    pub root_device: String,
    pub ena_support: bool,
    /// `None`: as the type has it.
    pub boot_mode: Option<BootMode>,
    pub tpm_support: bool,
    /// Its instances have to show tokens to be told about themselves, unless the launch says otherwise.
    pub imds_v2: bool,
    pub created: Timestamp,
    pub generation: Generation,
}
