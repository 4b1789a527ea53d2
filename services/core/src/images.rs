//! What instances are launched from: the images that everybody has, what may be registered, and which image goes with which type.
//!
//! An image here says what a launch has to know (architecture, how the root device is called, whether tokens are required) and has no
//! contents. Deliberately absent: volumes and snapshots, so no image has block devices.

mod catalogue;

use multihome_types::{AccountId, Image, ImageId, InstanceId, Refusal, Region};

pub use self::catalogue::{Vendor, catalogue, in_catalogue};
use crate::{instance_types::predefined, refusals};

#[cfg(test)]
mod tests;

pub fn image_not_found(id: ImageId) -> Refusal {
    Refusal::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist"))
}

pub fn name_taken(name: &str, id: ImageId) -> Refusal {
    Refusal::new("InvalidAMIName.Duplicate", format!("AMI name {name} is already in use by AMI {id}"))
}

/// Of an image that everybody sees and nobody may take away.
pub fn not_authorized(id: ImageId) -> Refusal {
    Refusal::new("AuthFailure", format!("Not authorized for image:{id}"))
}

/// EC2's rule for names.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "()[] ./-'@_".contains(character);
    if (3..=128).contains(&length) && name.chars().all(allowed) {
        return Ok(());
    }
    let message = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'";
    Err(Refusal::new("InvalidAMIName.Malformed", message))
}

pub fn check_description(description: &str) -> Result<(), Refusal> {
    if description.chars().count() > 255 {
        return Err(refusals::invalid_value("The description of an image has up to 255 characters."));
    }
    Ok(())
}

/// A path such as `/dev/sda1`.
pub fn check_root_device(name: &str) -> Result<(), Refusal> {
    let good = name.len() <= 64 && name.starts_with('/') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte));
    if good { Ok(()) } else { Err(refusals::invalid_value("The root device name is not valid: it is a path such as /dev/sda1.")) }
}

/// Whether an account sees an image: its own of the region, and those that everybody has.
pub fn is_visible(image: &Image, account: AccountId, region: Region) -> bool {
    image.region == region && (image.account == account || in_catalogue(image.id, region).is_some())
}

/// Whether instances of a type can be launched from an image. Of a type that is not predefined nothing is known that forbids it.
///
/// # Errors
/// `InvalidParameterValue` for another architecture, `InvalidParameterCombination` for a missing driver.
pub fn check_fits(image: &Image, type_name: &str) -> Result<(), Refusal> {
    let Some(known) = predefined(type_name) else { return Ok(()) };
    if !known.architectures.contains(&image.architecture) {
        let has: Vec<&str> = known.architectures.iter().map(|architecture| architecture.as_str()).collect();
        return Err(refusals::invalid_value(format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI. Specify an instance \
             type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to \
             discover the architecture of the instance type or AMI.",
            has.join(","),
            image.architecture
        )));
    }
    if known.ena == "required" && !image.ena_support {
        return Err(refusals::invalid_combination(format!(
            "Enhanced networking with the Elastic Network Adapter (ENA) is required for the '{type_name}' instance type. Ensure that you are \
             using an AMI that is enabled for ENA."
        )));
    }
    Ok(())
}

/// As [`check_fits`], for an instance that gets another type: what it was launched from may be gone, but what it is built for is known.
pub fn check_architecture(architecture: multihome_types::Architecture, instance: InstanceId, type_name: &str) -> Result<(), Refusal> {
    match predefined(type_name) {
        Some(known) if !known.architectures.contains(&architecture) => Err(refusals::invalid_value(format!(
            "The instance type '{type_name}' does not support the architecture '{architecture}' of instance '{instance}'."
        ))),
        _ => Ok(()),
    }
}
