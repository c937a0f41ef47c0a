//! Why a request failed, in words for people.

use std::error::Error;
use std::time::Duration;

use super::resolve::Refused;

/// For rounding.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// Why a request failed. The text is one clear fragment; secrets in URLs are not in it.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The host has an address that must not be reached.
    #[error("{host} is not a public address: if it is meant to be reached, add \"{host}\" to [http] allow")]
    Refused {
        /// The host, and its port where it is unusual.
        host: String,
    },
    /// Not a kind of URL that is fetched.
    #[error("only http and https are fetched, not {0}")]
    Scheme(String),
    /// The name has no address.
    #[error("the name {0} cannot be resolved: check the address, or the network")]
    Unresolved(String),
    /// Nobody answers there.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// What the system, or TLS, says.
        reason: String,
    },
    /// It took too long.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// The body is larger than newshound takes.
    #[error("the answer is larger than {0} MB")]
    TooLarge(usize),
    /// A redirect that leads nowhere.
    #[error("a redirect that cannot be followed: {0}")]
    Redirect(String),
    /// The connection broke, or what came was not HTTP.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The client itself cannot work.
    #[error("cannot set up HTTP: {0}")]
    Setup(String),
}

impl HttpError {
    /// Whether the same request may succeed later.
    pub fn is_worth_retrying(&self) -> bool {
        match self {
            Self::Unresolved(_) | Self::Connect { .. } | Self::Timeout(_) | Self::Broken(_) => true,
            Self::Refused { .. } | Self::Scheme(_) | Self::TooLarge(_) | Self::Redirect(_) | Self::Setup(_) => false,
        }
    }

    /// What reqwest's `error`, met on the way to `host` after `waited`, comes to.
    pub(super) fn of(error: &reqwest::Error, host: &str, waited: Duration) -> Self {
        let host = host.to_owned();
        if causes(error).any(<dyn Error>::is::<Refused>) {
            return Self::Refused { host };
        }
        if error.is_timeout() {
            let timeout = Self::Timeout((waited + HALF_A_SECOND).as_secs());
            return if error.is_connect() { Self::Connect { host, reason: timeout.to_string() } } else { timeout };
        }
        if error.is_dns() {
            return Self::Unresolved(host);
        }
        if error.is_connect() { Self::Connect { host, reason: root(error) } } else { Self::Broken(root(error)) }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let outermost: &(dyn Error + 'static) = error;
    std::iter::successors(Some(outermost), |&error| error.source())
}

/// The innermost cause: what went wrong, without the layers that passed it on.
pub(super) fn root(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
