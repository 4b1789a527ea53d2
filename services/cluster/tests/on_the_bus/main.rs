//! Clusters on a real NATS server: what they take, answer and tell, also when the bus is wiped or restarted under them.

#[cfg(test)]
mod nats;
#[cfg(test)]
mod tests;
