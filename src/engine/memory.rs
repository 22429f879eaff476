//! The memory of all queries of a session.
//!
//! The engine's fair pool gives each operator that can spill an equal part, also those that hold nothing: a plan with
//! ninety sorts leaves each a ninetieth, and fails while most of the memory is free. Its greedy pool lets the first
//! operator take everything. Here anyone may take what is free, but the last quarter is kept from those that can spill
//! and already have much: they spill, and the others go on.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

#[derive(Debug)]
pub(super) struct SharedPool {
    limit: usize,
    used: AtomicUsize,
}

impl SharedPool {
    pub fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    /// What a reservation may bring the sum to.
    fn ceiling(&self, consumer: &MemoryConsumer, size: usize) -> usize {
        let much = size > self.limit / 16;
        if consumer.can_spill() && much { self.limit / 4 * 3 } else { self.limit }
    }
}

impl fmt::Display for SharedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: usize| bytes / (1 << 20);
        write!(f, "{} of {} MiB used", mib(self.used.load(Ordering::Relaxed)), mib(self.limit))
    }
}

impl MemoryPool for SharedPool {
    fn name(&self) -> &str {
        "shared"
    }

    fn grow(&self, _: &MemoryReservation, additional: usize) {
        self.used.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, _: &MemoryReservation, shrink: usize) {
        self.used.fetch_sub(shrink, Ordering::Relaxed);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let ceiling = self.ceiling(reservation.consumer(), reservation.size().saturating_add(additional));
        let grown = |used: usize| used.checked_add(additional).filter(|sum| *sum <= ceiling);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {
            Ok(_) => Ok(()),
            Err(_) => Err(DataFusionError::ResourcesExhausted(format!(
                "{} needs {} MiB more, {self}",
                reservation.consumer().name(),
                additional.div_ceil(1 << 20)
            ))),
        }
    }

    fn reserved(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}
