//! The alert as JSON, posted to a URL.

use url::Url;

use crate::alert::Alert;
use crate::http::Client;

use super::Failure;

/// A webhook.
#[derive(Debug)]
pub(super) struct Webhook {
    url: Url,
    headers: Vec<(String, String)>,
}

impl Webhook {
    /// A webhook at `url` that is sent `headers` too.
    pub(super) fn new(url: Url, headers: Vec<(String, String)>) -> Self {
        Self { url, headers }
    }

    /// Posts `alert` over `client`; its idempotency key goes along as the header `Idempotency-Key`.
    pub(super) async fn send(&self, client: &Client, alert: &Alert) -> Result<String, Failure> {
        let body = serde_json::to_vec(alert).map_err(|error| Failure::Permanent(error.to_string()))?;
        let mut headers = self.headers.clone();
        headers.push(("Idempotency-Key".to_owned(), alert.idempotency_key()));
        let posted = client.post(&self.url, &headers, "application/json", body).await;
        let (status, retry_after) = posted.map_err(|error| {
            if error.is_worth_retrying() {
                Failure::passing(error.to_string())
            } else {
                Failure::Permanent(error.to_string())
            }
        })?;
        let answer = format!("HTTP {status}");
        match status {
            200..300 => Ok(answer),
            // 408 Request Timeout, 425 Too Early, 429 Too Many Requests
            408 | 425 | 429 | 500.. => Err(Failure::Passing { reason: answer, retry_after }),
            _ => Err(Failure::Permanent(answer)),
        }
    }
}
