//! One request at a time to a host, whoever leads there: feeds of other hosts that redirect to it wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

type Turn = tokio::sync::Mutex<()>;

/// Who asks which host.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    /// The hosts that are asked, or waited for.
    busy: Arc<Mutex<HashMap<String, Weak<Turn>>>>,
}

impl Turns {
    /// Waits until nobody asks `host`, and holds it for as long as what is returned lives.
    pub(super) async fn take(&self, host: &str) -> OwnedMutexGuard<()> {
        self.turn(host).lock_owned().await
    }

    fn turn(&self, host: &str) -> Arc<Turn> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = busy.get(host).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        busy.insert(host.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hosts_are_held_one_by_one_and_forgotten() {
        let turns = Turns::default();
        let a = turns.take("a").await;
        let b = turns.take("b").await;
        assert!(turns.turn("a").try_lock().is_err());
        drop(a);
        assert!(turns.turn("a").try_lock().is_ok());
        drop(b);
        drop(turns.take("c").await);
        assert_eq!(turns.busy.lock().unwrap().len(), 1);
    }
}
