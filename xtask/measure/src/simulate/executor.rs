//! The executor: polls tasks one at a time, in an order drawn from the seed.
//!
//! In: tasks, each of the engine or of the world around it. Out: their progress; a crash drops the engine's tasks wherever
//! they wait. It never spawns a thread and knows no time: what waits is woken by the clock or the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Numbers of the tasks that can go on.
#[derive(Debug, Default)]
struct Ready(Mutex<Vec<usize>>);

#[derive(Debug)]
struct Bell {
    task: usize,
    ready: Arc<Ready>,
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        Self::wake_by_ref(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            let mut ready = self.ready.0.lock().unwrap_or_else(PoisonError::into_inner);
            ready.push(self.task);
        }
    }
}

struct Task {
    work: Work,
    bell: Arc<Bell>,
    waker: Waker,
}

/// All tasks of one run.
#[derive(Default)]
pub(super) struct Executor {
    tasks: Vec<Option<Task>>,
    ready: Arc<Ready>,
    pub(super) polls: u64,
}

impl Executor {
    pub(super) fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.len();
        let bell = Arc::new(Bell {
            task,
            ready: Arc::clone(&self.ready),
            rung: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&bell));
        self.tasks.push(Some(Task {
            work: Box::pin(work),
            bell,
            waker,
        }));
        self.tasks[task]
            .as_ref()
            .expect("it was just put there")
            .waker
            .wake_by_ref();
    }

    /// Polls one of the tasks that can go on; false when all wait.
    pub(super) fn step(&mut self, random: &mut ChaCha8Rng) -> bool {
        loop {
            let Some(number) = self.take_ready(random) else {
                return false;
            };
            let Some(task) = &mut self.tasks[number] else {
                continue;
            };
            task.bell.rung.store(false, Ordering::Release);
            self.polls += 1;
            let mut context = Context::from_waker(&task.waker);
            if let Poll::Ready(()) = task.work.as_mut().poll(&mut context) {
                self.tasks[number] = None;
            }
            return true;
        }
    }

    fn take_ready(&self, random: &mut ChaCha8Rng) -> Option<usize> {
        let mut ready = self.ready.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ready.len() {
            0 => None,
            1 => ready.pop(),
            many => Some(ready.swap_remove(random.random_range(0..many))),
        }
    }

    /// Drops every task wherever it waits: the process has died.
    pub(super) fn drop_all(&mut self) {
        for task in &mut self.tasks {
            *task = None;
        }
    }
}
