//! Threads that share the parts of a long kernel.
//!
//! A caller cuts its work into parts by size alone, never by the number of threads: which thread computes a part changes
//! no bit. It takes parts itself until none is left, so that a worker which the system is slow to wake costs nothing, and
//! returns when everybody who took one is done. A short kernel never comes here.
//!
//! Workers are started when they are first needed, wait without work, and end with the process. A forked child has none
//! of them and starts its own. What must not come here: tensors, the tape, the host language; a part reads and writes
//! numbers. That kernels run apart from a host's lock is counted here and not with the tape, because storages, which lie
//! below it, keep their bytes while any does.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};

/// From how many elements on a kernel is worth parting. A worker takes some 5 us to wake (50 if its processor sleeps),
/// and a kernel so long takes 30 at least.
pub const LONG: usize = 1 << 17;

/// Elements of a part where nothing else decides: a whole number of everybody's lanes, tiles and pages.
pub const PART: usize = 1 << 15;

/// More threads than this are never used.
const MOST: usize = 1024;

/// How often a worker that has just worked looks for more before it sleeps, some 20 us.
const LOOKS: usize = 400;

/// The number of threads that share a kernel; 0 until it is chosen.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads share a long kernel, the caller's among them: what [`set_threads`] said, else the environment
/// variable `OMP_NUM_THREADS`, else as many as the system lets this process use.
#[inline]
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => choose(),
        n => n,
    }
}

#[cold]
fn choose() -> usize {
    let asked = std::env::var("OMP_NUM_THREADS").ok().and_then(|n| n.trim().parse().ok()).filter(|&n: &usize| n > 0);
    let n = asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
    set_threads(n);
    n.min(MOST)
}

/// Lets `n` threads share each later long kernel; 0 counts as 1.
pub fn set_threads(n: usize) {
    THREADS.store(n.clamp(1, MOST), Ordering::Relaxed);
}

/// Calls `part(i)` for every `i` below `parts`, on as many threads as are set, in no order; returns when all have returned.
///
/// A second caller meanwhile, or a part that comes here itself, runs its parts alone.
///
/// # Panics
/// Where a part does, once all others have returned.
pub fn in_parts(parts: usize, part: &(dyn Fn(usize) + Sync)) {
    let threads = threads().min(parts);
    if threads > 1 {
        let pool = pool();
        if !pool.busy.swap(true, Ordering::Acquire) {
            return pool.share(threads, parts, part);
        }
    }
    for i in 0..parts {
        part(i);
    }
}

/// How many kernels run apart from the lock of a host.
static APART: AtomicUsize = AtomicUsize::new(0);

/// A kernel that runs apart from the lock of a host: what it reads must stay while it lives.
pub struct Apart;

impl Apart {
    /// From now on.
    pub fn enter() -> Apart {
        forget_at_fork();
        APART.fetch_add(1, Ordering::AcqRel);
        Apart
    }

    /// Whether any runs. A forked child has none of its parent's.
    pub fn any() -> bool {
        APART.load(Ordering::Acquire) > 0
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // In a child that was forked from within one, which no host allows, there would be none to count down from.
        let _ = APART.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1));
    }
}

/// Something with raw pointers in it that parts look at.
pub struct Shared<'a, T>(&'a T);

// SAFETY: its maker has promised that several threads may read it.
unsafe impl<T> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// Lets parts look at `of`.
    ///
    /// # Safety
    /// Several threads must be able to read it at the same time: no cells, no counts.
    pub unsafe fn new(of: &'a T) -> Self {
        Shared(of)
    }

    /// What it is. A method, so that a closure captures the whole and not the field.
    pub fn get(&self) -> &'a T {
        self.0
    }
}

/// What is to be done, on the caller's stack.
#[derive(Clone, Copy)]
struct Job {
    part: *const (dyn Fn(usize) + Sync),
    parts: usize,
    next: *const AtomicUsize,
}

// SAFETY: what it points to may be used by any thread (`Sync`), and stays until the caller has seen every worker leave.
unsafe impl Send for Job {}

impl Job {
    /// Takes parts until none is left.
    ///
    /// # Safety
    /// The caller of [`in_parts`] must not have returned.
    unsafe fn run(&self) {
        // SAFETY: the caller's promise.
        let (part, next) = unsafe { (&*self.part, &*self.next) };
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= self.parts {
                return;
            }
            part(i);
        }
    }
}

/// What workers wait for.
struct State {
    /// The job, while it takes workers.
    job: Option<Job>,
    /// How many workers it still takes.
    open: usize,
    /// How many have been started.
    started: usize,
}

struct Pool {
    state: Mutex<State>,
    wake: Condvar,
    /// Somebody's job runs.
    busy: AtomicBool,
    /// Jobs so far: what a worker looks at before it sleeps.
    jobs: AtomicUsize,
    /// Workers that have taken a job and not left it.
    running: AtomicUsize,
    /// A worker's part has panicked.
    failed: AtomicBool,
}

/// This process's pool, made when it is first needed; a forked child forgets its parent's.
static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());

fn pool() -> &'static Pool {
    let mut at = POOL.load(Ordering::Acquire);
    if at.is_null() {
        forget_at_fork();
        let made = Box::into_raw(Box::new(Pool {
            state: Mutex::new(State { job: None, open: 0, started: 0 }),
            wake: Condvar::new(),
            busy: AtomicBool::new(false),
            jobs: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        }));
        at = match POOL.compare_exchange(std::ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(first) => {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                first
            }
        };
    }
    // SAFETY: a pool that has been published is never freed: its workers wait in it until the process ends.
    unsafe { &*at }
}

/// Has a forked child start with a pool of its own: its parent's workers are not there, and its lock may be held for ever.
/// Nor are the threads that ran kernels.
fn forget_at_fork() {
    static ONCE: Once = Once::new();
    #[cfg(unix)]
    ONCE.call_once(|| {
        extern "C" fn child() {
            POOL.store(std::ptr::null_mut(), Ordering::Relaxed);
            APART.store(0, Ordering::Relaxed);
        }
        // SAFETY: the function is there as long as the process, and may run in a child of many threads: it stores two
        // words.
        unsafe { libc::pthread_atfork(None, None, Some(child)) };
    });
    #[cfg(not(unix))]
    ONCE.call_once(|| ());
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs with it held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a job with up to `threads - 1` workers. The caller has made the pool busy.
    fn share(&'static self, threads: usize, parts: usize, part: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        // SAFETY: the lifetime alone changes; nobody uses it once this function has returned.
        let part = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(part) };
        let job = Job { part, parts, next: &next };
        {
            let mut state = self.lock();
            while state.started < threads - 1 && self.start() {
                state.started += 1;
            }
            (state.job, state.open) = (Some(job), threads - 1);
            self.jobs.fetch_add(1, Ordering::Release);
        }
        // Not all of them: more may have been started, by when more were wanted.
        (1..threads).for_each(|_| self.wake.notify_one());
        // SAFETY: this is the caller.
        let own = catch_unwind(AssertUnwindSafe(|| unsafe { job.run() }));
        {
            let mut state = self.lock();
            (state.job, state.open) = (None, 0);
        }
        // No worker comes any more, and those that are there have a part at most to finish.
        let mut looks = 0;
        while self.running.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks < LOOKS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let failed = self.failed.swap(false, Ordering::Relaxed);
        self.busy.store(false, Ordering::Release);
        match own {
            Err(panic) => resume_unwind(panic),
            Ok(()) => assert!(!failed, "a part of a kernel panicked"),
        }
    }

    /// Starts a worker; false where the system has no thread for it.
    fn start(&'static self) -> bool {
        // Its stack holds what a kernel's does, and that of a product of matrices.
        let builder = std::thread::Builder::new().name("wengert".into()).stack_size(1 << 20);
        with_signals_left_to_others(|| builder.spawn(|| self.serve()).is_ok())
    }

    /// What a worker does, for ever.
    fn serve(&self) {
        let mut seen = 0;
        loop {
            let mut state = self.lock();
            let job = loop {
                match state.job {
                    Some(job) if state.open > 0 => {
                        state.open -= 1;
                        self.running.fetch_add(1, Ordering::Relaxed);
                        break job;
                    }
                    _ => state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            seen = seen.max(self.jobs.load(Ordering::Relaxed));
            // SAFETY: the caller waits until `running` is back at 0.
            if catch_unwind(AssertUnwindSafe(|| unsafe { job.run() })).is_err() {
                self.failed.store(true, Ordering::Relaxed);
            }
            self.running.fetch_sub(1, Ordering::Release);
            for _ in 0..LOOKS {
                if self.jobs.load(Ordering::Acquire) != seen {
                    break;
                }
                std::hint::spin_loop();
            }
        }
    }
}

/// Runs `f`, which starts a thread that no signal shall ever reach: a host's main thread answers them. A thread begins with
/// the mask of who starts it, so there is no time at which one could.
fn with_signals_left_to_others<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(unix)]
    // SAFETY: the calls write the sets, which are on this stack; a mask is this thread's alone.
    unsafe {
        let (mut all, mut own) = (std::mem::zeroed::<libc::sigset_t>(), std::mem::zeroed::<libc::sigset_t>());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut own);
        let done = f();
        libc::pthread_sigmask(libc::SIG_SETMASK, &own, std::ptr::null_mut());
        done
    }
    #[cfg(not(unix))]
    f()
}

#[cfg(test)]
mod tests {
    //! Laws: every part runs once, whoever calls and from where; a panic arrives at the caller when all is over.

    use super::*;

    fn counted(parts: usize) -> Vec<usize> {
        let seen: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
        in_parts(parts, &|i| {
            seen[i].fetch_add(1, Ordering::Relaxed);
        });
        seen.into_iter().map(AtomicUsize::into_inner).collect()
    }

    #[test]
    fn every_part_runs_once() {
        let before = threads();
        for threads in [1, 2, 5] {
            set_threads(threads);
            for parts in [0, 1, 2, 3, 100] {
                for _ in 0..50 {
                    assert_eq!(counted(parts), vec![1; parts], "{threads} threads");
                }
            }
        }
        // Callers at the same time, and a part that is a caller.
        set_threads(3);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| assert_eq!(counted(7), [1; 7])));
            }
        });
        in_parts(4, &|_| assert_eq!(counted(5), [1; 5]));
        set_threads(before);
    }

    #[test]
    fn a_panic_arrives_once_all_have_returned() {
        let ran = AtomicUsize::new(0);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            in_parts(8, &|i| {
                ran.fetch_add(1, Ordering::Relaxed);
                assert!(i != 3, "on purpose");
            });
        }));
        assert!(caught.is_err());
        assert!(ran.into_inner() >= 4);
        assert_eq!(counted(9), [1; 9], "the pool is whole");
    }
}
