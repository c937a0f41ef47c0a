//! Names → addresses that may be reached, asked for at the moment of the connection: a name that points elsewhere a
//! moment later (DNS rebinding) is checked again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;

/// Every address of a name was one that may not be reached.
#[derive(Debug, thiserror::Error)]
#[error("only private addresses")]
pub(super) struct Refused;

/// The system's resolver behind the guard.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    guard: Arc<Guard>,
    /// The port that connections of this resolver's client go to: reqwest tells a resolver the name only.
    port: u16,
}

impl GuardedResolver {
    pub(super) fn new(guard: Arc<Guard>, port: u16) -> Self {
        Self { guard, port }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { guard, port } = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::other("no addresses").into());
            }
            let mut admitted = found;
            admitted.retain(|address| guard.admits(Some(name.as_str()), address.ip(), port));
            if admitted.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
