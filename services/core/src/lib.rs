//! Every rule of Multihome, pure.
//!
//! Services gather what a rule needs, ask it here, and apply what it answers (convention 1). Time is an argument called
//! `now`, randomness an argument called `bits`. Deliberately absent: tokio, sea-orm, async-nats, tracing, and clocks.

// A state that is added must be decided about everywhere. Only here: elsewhere most enums are other people's.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod account_attributes;
pub mod admission;
pub mod allocation;
pub mod assignment;
pub mod automatic;
pub mod compose;
pub mod credits;
pub mod deadlines;
pub mod default_vpc;
pub mod dhcp_options;
pub mod elastic;
pub mod explain;
pub mod group_rules;
pub mod host_names;
pub mod images;
pub mod instance_attributes;
pub mod instance_types;
pub mod interface;
pub mod interface_permission;
pub mod internet_gateway;
pub mod ipv6_assignment;
pub mod key_pairs;
pub mod launch;
pub mod lifecycle;
pub mod metadata;
pub mod metadata_options;
pub mod nat_gateway;
pub mod network_acl;
pub mod placement;
pub mod poll;
pub mod public_pool;
pub mod quota;
pub mod refusals;
pub mod regions;
pub mod release;
pub mod route;
pub mod route_table;
pub mod subnet;
pub mod tags;
pub mod throttles;
pub mod transition;
pub mod vpc;
pub mod vpc_blocks;
pub mod world;
pub mod zone_id;
