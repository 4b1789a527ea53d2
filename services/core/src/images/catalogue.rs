//! The images that everybody has, in every region under the same ids.
//!
//! Names, owners and root devices are those of the vendors' images in EC2, so that filters people have written find them; the ids are this
//! system's own. Two have no operating system behind their names: what a test launches that does not care.

use multihome_types::{Architecture, BootMode, Generation, Image, ImageId, Region, Timestamp};

/// Who publishes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    Amazon,
    Canonical,
    Debian,
}

impl Vendor {
    pub const fn account(self) -> &'static str {
        match self {
            Self::Amazon => "137112412989",
            Self::Canonical => "099720109477",
            Self::Debian => "136693071363",
        }
    }

    /// EC2's `imageOwnerAlias`.
    pub const fn alias(self) -> Option<&'static str> {
        match self {
            Self::Amazon => Some("amazon"),
            Self::Canonical | Self::Debian => None,
        }
    }
}

struct Line {
    id: &'static str,
    vendor: Vendor,
    name: &'static str,
    description: &'static str,
    architecture: Architecture,
    root_device: &'static str,
    boot_mode: Option<BootMode>,
    imds_v2: bool,
    /// Milliseconds since 1970.
    created: i64,
}

const X86: Architecture = Architecture::X86_64;
const ARM: Architecture = Architecture::Arm64;
const PREFERRED: Option<BootMode> = Some(BootMode::UefiPreferred);
const UEFI: Option<BootMode> = Some(BootMode::Uefi);

macro_rules! lines {
    ($($id:literal $vendor:ident $architecture:ident $boot_mode:expr, $imds_v2:literal, $root_device:literal, $created:literal, $name:literal: $description:literal;)*) => {
        &[$(Line {
            id: $id,
            vendor: Vendor::$vendor,
            name: $name,
            description: $description,
            architecture: $architecture,
            root_device: $root_device,
            boot_mode: $boot_mode,
            imds_v2: $imds_v2,
            created: $created,
        },)*]
    };
}

/// In the order of their ids.
const LINES: &[Line] = lines! {
    "ami-00000001" Amazon X86 None, false, "/dev/sda1", 1_700_000_000_000, "multihome/minimal-x86_64": "Minimal image, x86_64";
    "ami-00000002" Amazon ARM UEFI, false, "/dev/sda1", 1_700_000_000_000, "multihome/minimal-arm64": "Minimal image, arm64";
    "ami-0a1c5e20230008664" Amazon X86 PREFERRED, true, "/dev/xvda", 1_763_596_800_000,
        "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64": "Amazon Linux 2023 AMI 2023.9.20251117.1 x86_64 HVM kernel-6.1";
    "ami-0a1c5e2023000a664" Amazon ARM UEFI, true, "/dev/xvda", 1_763_596_800_000,
        "al2023-ami-2023.9.20251117.1-kernel-6.1-arm64": "Amazon Linux 2023 AMI 2023.9.20251117.1 arm64 HVM kernel-6.1";
    "ami-0c2204a0d20258664" Canonical X86 PREFERRED, false, "/dev/sda1", 1_760_572_800_000,
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251015": "Canonical, Ubuntu, 22.04, amd64 jammy image";
    "ami-0c2204a0d2025a664" Canonical ARM UEFI, false, "/dev/sda1", 1_760_572_800_000,
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251015": "Canonical, Ubuntu, 22.04, arm64 jammy image";
    "ami-0c2404a0d20258664" Canonical X86 PREFERRED, true, "/dev/sda1", 1_761_177_600_000,
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022": "Canonical, Ubuntu, 24.04, amd64 noble image";
    "ami-0c2404a0d2025a664" Canonical ARM UEFI, true, "/dev/sda1", 1_761_177_600_000,
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022": "Canonical, Ubuntu, 24.04, arm64 noble image";
    "ami-0deb1200022948664" Debian X86 PREFERRED, false, "/dev/xvda", 1_762_992_000_000,
        "debian-12-amd64-20251112-2294": "Debian 12 (20251112-2294)";
    "ami-0deb120002294a664" Debian ARM UEFI, false, "/dev/xvda", 1_762_992_000_000,
        "debian-12-arm64-20251112-2294": "Debian 12 (20251112-2294)";
};

impl Line {
    fn image(&self, region: Region) -> Image {
        Image {
            id: self.id(),
            account: self.vendor.account().parse().unwrap_or_else(|why| panic!("{}: {why}", self.id)),
            region,
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            location: None,
            architecture: self.architecture,
            root_device: self.root_device.to_owned(),
            ena_support: true,
            boot_mode: self.boot_mode,
            tpm_support: false,
            imds_v2: self.imds_v2,
            created: Timestamp(self.created),
            generation: Generation::FIRST,
        }
    }

    fn id(&self) -> ImageId {
        self.id.parse().unwrap_or_else(|why| panic!("{}: {why}", self.id))
    }
}

/// In the order of their ids.
pub fn catalogue(region: Region) -> impl Iterator<Item = (Vendor, Image)> {
    LINES.iter().map(move |line| (line.vendor, line.image(region)))
}

pub fn in_catalogue(id: ImageId, region: Region) -> Option<(Vendor, Image)> {
    LINES.iter().find(|line| line.id() == id).map(|line| (line.vendor, line.image(region)))
}
