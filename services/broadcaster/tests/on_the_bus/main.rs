//! The broadcaster on a real NATS server and a real database: what it publishes, and when.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod nats;
#[cfg(test)]
mod region;
#[cfg(test)]
mod times;
#[cfg(test)]
mod world;
