//! The types there are, from `data/instance_types.csv`: one line for each, in the order of their names.
//!
//! The current families have EC2's figures throughout, as its DescribeInstanceTypes gives them for us-east-1 and moto (5.2.5)
//! records that. The 18 types that Eucalyptus predefines have Eucalyptus's figures for processors, disk and memory, which suit a private
//! cloud, and EC2's limits of interfaces and addresses. EC2 no longer lists cc1, cc2, cg1, cr1, hi1 and hs1: those have
//! Eucalyptus's interface limit and the addresses of the types listed with the same one.
//!
//! The file is read once, and a line that cannot be read ends the process at its first use, which every test makes.
//! Deliberately absent: types with several network cards, and accelerators.

use std::{
    str::{FromStr, Split},
    sync::LazyLock,
};

use multihome_types::{Architecture, Generation, InstanceType};

/// A type as it is before anybody changes it. What EC2 shows of a type and no rule looks at is kept as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predefined {
    pub name: &'static str,
    pub interfaces: i32,
    pub addresses_per_interface: i32,
    pub ipv6_addresses_per_interface: i32,
    /// In EC2's words, such as `Up to 10 Gigabit`.
    pub network_performance: &'static str,
    /// Decimals; empty where EC2 says nothing.
    pub baseline_gbps: &'static str,
    pub peak_gbps: &'static str,
    /// `unsupported`, `supported` or `required`.
    pub ena: &'static str,
    pub cpu: i32,
    pub cores: i32,
    pub threads_per_core: i32,
    /// How many cores a launch may ask for in EC2; nothing where it may not.
    pub valid_cores: Vec<Span>,
    pub memory_mib: i32,
    pub disks: Option<Disks>,
    pub architectures: Vec<Architecture>,
    pub manufacturer: &'static str,
    /// Decimals; empty where EC2 says nothing.
    pub clock_ghz: &'static str,
    /// `nitro` or `xen`; empty for bare metal.
    pub hypervisor: &'static str,
    pub ebs: Ebs,
    features: &'static str,
}

/// Numbers from one to another in equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: i32,
    last: i32,
    step: usize,
}

impl Span {
    pub fn numbers(self) -> impl Iterator<Item = i32> {
        (self.first..=self.last).step_by(self.step)
    }
}

/// Local disks, all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disks {
    pub count: i32,
    pub size_gb: i32,
    /// `ssd` or `hdd`.
    pub kind: &'static str,
    /// These are encrypted too.
    pub nvme: bool,
}

/// What EC2 says of volumes, though there are none here: people choose types by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ebs {
    /// `unsupported`, `supported` or `default`.
    pub optimized: &'static str,
    /// Baseline and peak; none where the type is not optimized for volumes.
    pub speeds: Option<(EbsSpeed, EbsSpeed)>,
    /// `unsupported`, `supported` or `required`.
    pub nvme: &'static str,
    pub attachments: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EbsSpeed {
    pub mbps: i32,
    pub iops: i32,
}

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a type has or can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Feature { $($(#[$doc])* $variant,)* }

        impl Feature {
            /// Its word in the file. Of a word that EC2 uses too, EC2's.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            const WORDS: &'static [&'static str] = &[$($word,)*];
        }
    };
}

features! {
    /// EC2 still recommends it.
    Current = "current",
    BareMetal = "bare-metal",
    Burstable = "burstable",
    FreeTier = "free-tier",
    Spot = "spot",
    Paravirtual = "paravirtual",
    LegacyBios = "legacy-bios",
    Uefi = "uefi",
    ClusterPlacement = "cluster-placement",
    DedicatedHosts = "dedicated-hosts",
    AutoRecovery = "auto-recovery",
    Hibernation = "hibernation",
    RebootMigration = "reboot-migration",
    Efa = "efa",
    EnaSrd = "ena-srd",
    EncryptionInTransit = "encryption-in-transit",
    FlexibleEnaQueues = "flexible-ena-queues",
    BandwidthWeightings = "bandwidth-weightings",
    Enclaves = "enclaves",
    Tpm = "tpm",
    /// A hardware clock for guests.
    Phc = "phc",
    /// Volumes do not count against what else is attached.
    DedicatedEbsAttachments = "dedicated-ebs-attachments",
    AmdSevSnp = "amd-sev-snp",
    NestedVirtualization = "nested-virtualization",
    MetalCompatibility = "metal-compatibility",
}

impl Predefined {
    pub fn has(&self, feature: Feature) -> bool {
        self.features.split(' ').any(|word| word == feature.word())
    }

    /// The row of a new database.
    pub fn instance_type(&self) -> InstanceType {
        InstanceType {
            name: self.name.to_owned(),
            cpu: self.cpu,
            disk_gb: self.disks.map_or(0, |disks| disks.count * disks.size_gb),
            memory_mib: self.memory_mib,
            interfaces: self.interfaces,
            addresses_per_interface: self.addresses_per_interface,
            ipv6_addresses_per_interface: self.ipv6_addresses_per_interface,
            generation: Generation::FIRST,
        }
    }
}

/// In the order of their names.
pub static PREDEFINED: LazyLock<Vec<Predefined>> =
    LazyLock::new(|| FILE.lines().skip(1).map(|line| parse(line).unwrap_or_else(|why| panic!("instance_types.csv: {why} in '{line}'"))).collect());

const FILE: &str = include_str!("../../data/instance_types.csv");
/// Names are as EC2 writes them, in lower case.
pub fn predefined(name: &str) -> Option<&'static Predefined> {
    PREDEFINED.binary_search_by_key(&name, |predefined| predefined.name).ok().map(|place| &PREDEFINED[place])
}

/// The cells of a line, taken in the order of the file's first line.
struct Line {
    cells: Split<'static, char>,
}

impl Line {
    fn text(&mut self) -> Result<&'static str, String> {
        self.cells.next().ok_or_else(|| "a cell is missing".to_owned())
    }

    fn number(&mut self) -> Result<i32, String> {
        number(self.text()?)
    }

    /// Whatever stands between spaces.
    fn all<T>(&mut self, parse: fn(&'static str) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.text()?.split_ascii_whitespace().map(parse).collect()
    }

    fn one_of(&mut self, known: &[&str]) -> Result<&'static str, String> {
        let text = self.text()?;
        if known.contains(&text) { Ok(text) } else { Err(format!("'{text}' is none of {known:?}")) }
    }
}

fn parse(line: &'static str) -> Result<Predefined, String> {
    const SUPPORT: &[&str] = &["unsupported", "supported", "required"];
    let mut line = Line { cells: line.split(',') };
    let parsed = Predefined {
        name: line.text()?,
        interfaces: line.number()?,
        addresses_per_interface: line.number()?,
        ipv6_addresses_per_interface: line.number()?,
        network_performance: line.text()?,
        baseline_gbps: line.text()?,
        peak_gbps: line.text()?,
        ena: line.one_of(SUPPORT)?,
        cpu: line.number()?,
        cores: line.number()?,
        threads_per_core: line.number()?,
        valid_cores: line.all(span)?,
        memory_mib: line.number()?,
        disks: disks(line.text()?)?,
        architectures: line.all(Architecture::from_str)?,
        manufacturer: line.text()?,
        clock_ghz: line.text()?,
        hypervisor: line.one_of(&["nitro", "xen", ""])?,
        ebs: Ebs {
            optimized: line.one_of(&["unsupported", "supported", "default"])?,
            speeds: speeds(&mut line)?,
            nvme: line.one_of(SUPPORT)?,
            attachments: line.number()?,
        },
        features: line.text()?,
    };
    if let Some(unknown) = parsed.features.split_ascii_whitespace().find(|word| !Feature::WORDS.contains(word)) {
        return Err(format!("'{unknown}' is no feature"));
    }
    line.cells.next().map_or(Ok(parsed), |cell| Err(format!("'{cell}' is one cell too many")))
}

fn number(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("'{text}' is no number"))
}

/// `4`, or `4-16/2`.
fn span(text: &'static str) -> Result<Span, String> {
    let Some((first, rest)) = text.split_once('-') else {
        let only = number(text)?;
        return Ok(Span { first: only, last: only, step: 1 });
    };
    let (last, step) = rest.split_once('/').ok_or_else(|| format!("'{text}' has no step"))?;
    let step = step.parse().ok().filter(|step| *step > 0).ok_or_else(|| format!("'{step}' is no step"))?;
    Ok(Span { first: number(first)?, last: number(last)?, step })
}

/// `2x900 ssd nvme`, or nothing.
fn disks(text: &'static str) -> Result<Option<Disks>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = || format!("'{text}' are no disks");
    let mut words = text.split(' ');
    let (count, size_gb) = words.next().and_then(|word| word.split_once('x')).ok_or_else(unreadable)?;
    let kind = words.next().ok_or_else(unreadable)?;
    Ok(Some(Disks { count: number(count)?, size_gb: number(size_gb)?, kind, nvme: words.next() == Some("nvme") }))
}

/// Four cells: all empty, or all numbers.
fn speeds(line: &mut Line) -> Result<Option<(EbsSpeed, EbsSpeed)>, String> {
    let cells = [line.text()?, line.text()?, line.text()?, line.text()?];
    if cells == [""; 4] {
        return Ok(None);
    }
    let [mbps, iops, peak_mbps, peak_iops] = cells.map(number);
    Ok(Some((EbsSpeed { mbps: mbps?, iops: iops? }, EbsSpeed { mbps: peak_mbps?, iops: peak_iops? })))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "name,interfaces,ipv4,ipv6,performance,gbps,peak_gbps,ena,vcpus,cores,threads,valid_cores,memory_mib,disks,architectures,\
                           manufacturer,clock_ghz,hypervisor,ebs_optimized,ebs_mbps,ebs_iops,ebs_peak_mbps,ebs_peak_iops,ebs_nvme,ebs_attachments,features";

    #[test]
    fn the_file_has_the_columns_that_are_read_and_names_in_order() {
        assert_eq!(FILE.lines().next(), Some(COLUMNS));
        assert!(PREDEFINED.windows(2).all(|pair| pair[0].name < pair[1].name), "names are looked for by their order");
        assert_eq!(PREDEFINED.len(), FILE.lines().count() - 1);
    }

    #[test]
    fn every_word_is_of_some_type_and_every_type_found_by_its_name() {
        for word in Feature::WORDS {
            assert!(PREDEFINED.iter().any(|kind| kind.features.split(' ').any(|has| has == *word)), "{word}");
        }
        for kind in PREDEFINED.iter() {
            assert_eq!(predefined(kind.name), Some(kind));
        }
        assert_eq!((predefined(""), predefined("t3"), predefined("T3.MICRO")), (None, None, None));
    }

    #[test]
    fn a_line_that_cannot_be_read_says_where() {
        let good = "x.y,2,2,2,Low,0.1,1,required,2,1,2,1-3/2 8,1024,2x900 ssd nvme,x86_64 arm64,Intel,2.5,nitro,default,87,500,2085,11800,required,27,spot uefi";
        let kind = parse(good).unwrap();
        assert_eq!(kind.valid_cores.iter().flat_map(|span| span.numbers()).collect::<Vec<_>>(), [1, 3, 8]);
        assert_eq!((kind.instance_type().disk_gb, kind.has(Feature::Uefi), kind.has(Feature::Burstable)), (1800, true, false));
        for (what, instead) in
            [("required", "perhaps"), (",2085", ","), ("spot", "spots"), ("1-3/2", "1-3/0"), ("2x900", "2"), ("x86_64", "x87"), (",27,", ",,")]
        {
            assert!(parse(Box::leak(good.replacen(what, instead, 1).into_boxed_str())).is_err(), "{instead}");
        }
        assert!(parse("x.y,2").unwrap_err().contains("missing"));
        assert!(parse(Box::leak(format!("{good},more").into_boxed_str())).unwrap_err().contains("too many"));
    }
}
