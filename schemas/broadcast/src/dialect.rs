//! Which consumers a document is for: those of Eucalyptus 4.3 or of 4.4.

use multihome_types::Cidr;

/// A form of the document. They differ in little, and a reader of either skips what it does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// With the `rules` text of EC2-Classic in security groups, and gateways of MidoNet as host, address and interface.
    V43,
    #[default]
    V44,
}

impl Dialect {
    /// Whether its consumers have room for ids of 17 digits. Those of 4.3 cut off what they have none for, in silence.
    pub fn has_room_for_long_ids(self) -> bool {
        self != Self::V43
    }

    /// Whether its consumers read the destination of a route whole. Those of 4.3.0 cut it after 15 characters, in silence, and
    /// 192.168.100.0/24 becomes 192.168.100.0/2.
    pub fn has_room_for_destination(self, destination: Cidr) -> bool {
        self != Self::V43 || destination.to_string().len() <= 15
    }
}

impl std::str::FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "4.3" => Ok(Self::V43),
            "4.4" => Ok(Self::V44),
            other => Err(format!("'{other}' is not a dialect: 4.3 or 4.4")),
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V43 => "4.3",
            Self::V44 => "4.4",
        })
    }
}
