//! The maximum of a log-likelihood by the logarithms of its parameters, in a box.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::neldermead::NelderMead;
use nalgebra::{DMatrix, DVector};

/// A log-likelihood at one place.
#[derive(Clone, Copy, Debug)]
pub struct Point<const N: usize> {
    pub value: f64,
    /// By the logarithm of each parameter.
    pub gradient: [f64; N],
}

impl<const N: usize> Point<N> {
    pub const ZERO: Self = Self { value: 0.0, gradient: [0.0; N] };

    pub fn add(&mut self, other: &Self, times: f64) {
        self.value += times * other.value;
        self.gradient.iter_mut().zip(other.gradient).for_each(|(sum, part)| *sum += times * part);
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|part| part.is_finite())
    }
}

pub trait LogLikelihood<const N: usize> {
    /// At parameters, not their logarithms.
    fn at(&self, parameters: &[f64; N]) -> Point<N>;
}

/// Where the likelihood is largest, and the logarithm of it there.
#[derive(Clone, Copy, Debug)]
pub struct Maximum<const N: usize> {
    pub parameters: [f64; N],
    pub value: f64,
}

/// Parameters lie between 1 / `bound` and `bound`.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a, const N: usize, L> {
    pub of: &'a L,
    pub bound: f64,
}

/// Threads that share a sum; whatever their number, the sum is the same.
const THREADS: usize = 2;
/// Terms that are summed by one thread before they are added to the sum.
const CHUNK: usize = 4096;

/// Σ of `part` over the terms 0..`terms`, in chunks that do not depend on threads.
pub fn sum<const N: usize>(terms: usize, part: impl Fn(Range<usize>) -> Point<N> + Sync) -> Point<N> {
    let chunks = terms.div_ceil(CHUNK);
    let parts = shared(chunks, 4, |number| part(number * CHUNK..((number + 1) * CHUNK).min(terms)));
    let mut sum = Point::ZERO;
    parts.iter().for_each(|part| sum.add(part, 1.0));
    sum
}

/// `of` every number in 0..`numbers`, in their order.
pub fn map<T: Send>(numbers: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    shared(numbers, CHUNK, of)
}

/// The same, on several threads where each has `least` to do.
fn shared<T: Send>(numbers: usize, least: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = THREADS.min(numbers / least).max(1);
    let share = numbers.div_ceil(threads);
    let of_thread =
        |thread: usize| -> Vec<T> { (thread * share..((thread + 1) * share).min(numbers)).map(&of).collect() };
    if threads == 1 {
        return of_thread(0);
    }
    thread::scope(|scope| {
        let of_thread = &of_thread;
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || of_thread(thread))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

impl<const N: usize, L: LogLikelihood<N>> Search<'_, N, L> {
    /// From several starts, first without derivatives, then up to the top: the parameters of the highest one.
    pub fn highest(&self, starts: &[[f64; N]]) -> Option<[f64; N]> {
        let tops = starts.iter().filter_map(|start| self.climb(&self.simplex(start)?));
        tops.max_by(|one, other| one.value.total_cmp(&other.value)).map(|top| top.parameters)
    }

    /// Nelder & Mead, "A simplex method for function minimization", Computer Journal 7 (1965): robust far from the
    /// maximum.
    fn simplex(&self, start: &[f64; N]) -> Option<[f64; N]> {
        let start: Vec<f64> = start.iter().map(|parameter| parameter.ln()).collect();
        let mut corners = vec![start.clone(); N + 1];
        for (number, corner) in corners.iter_mut().skip(1).enumerate() {
            corner.iter_mut().skip(number).take(1).for_each(|log| *log += 0.7);
        }
        let solver = NelderMead::new(corners).with_sd_tolerance(1e-2).ok()?;
        let problem = Downhill { search: self };
        let run = Executor::new(problem, solver).configure(|state| state.max_iters(200)).timer(false).run().ok()?;
        let best: [f64; N] = run.state().get_best_param()?.as_slice().try_into().ok()?;
        Some(self.inside(&best).map(f64::exp))
    }

    /// Newton's steps, by the analytic gradient and its differences: to the last digits that there are.
    ///
    /// `None` where it ends on no maximum.
    pub fn climb(&self, start: &[f64; N]) -> Option<Maximum<N>> {
        let mut logs = self.inside(&start.map(f64::ln));
        let mut point = self.point(&logs)?;
        for _ in 0..MOST_STEPS {
            let (step, gain) = self.step(&logs, &point)?;
            // What is less than this is lost in the digits of the sum.
            let scale = 1.0 + point.value.abs();
            let shorter = (0..MOST_HALVES).map(|halves| 0.5_f64.powi(halves));
            let mut tried = shorter.filter_map(|part| {
                let there = self.moved(&logs, &step, part);
                self.point(&there).map(|point| (there, point, part))
            });
            match tried.find(|(_, there, _)| there.value >= point.value - 1e-12 * scale) {
                Some((there, value, part)) => {
                    (logs, point) = (there, value);
                    // The last step is taken too: what it could still have gained says that the top is reached.
                    if part == 1.0 && gain <= 1e-14 * scale {
                        return Some(self.maximum(&logs, &point));
                    }
                }
                None => return (gain <= 1e-9 * scale).then(|| self.maximum(&logs, &point)),
            }
        }
        None
    }

    fn maximum(&self, logs: &[f64; N], point: &Point<N>) -> Maximum<N> {
        let parameters = logs.map(|log| log.exp().clamp(1.0 / self.bound, self.bound));
        Maximum { parameters, value: point.value }
    }

    /// To the top of the parabola that the likelihood is like, and what is gained up there. Along its axes, one by one,
    /// since flat ones are common; where the likelihood bends upwards, uphill.
    fn step(&self, logs: &[f64; N], point: &Point<N>) -> Option<([f64; N], f64)> {
        let free = self.free(logs, point);
        let axes = self.curvature(logs, point, &free)?.symmetric_eigen();
        let held = point.gradient.iter().zip(free).map(|(slope, free)| if free { *slope } else { 0.0 });
        let slope = DVector::from_iterator(N, held);
        let (mut step, mut gain) = (DVector::zeros(N), 0.0);
        for (axis, bend) in axes.eigenvectors.column_iter().zip(axes.eigenvalues.iter()) {
            let slope = slope.dot(&axis);
            let length = (slope / bend.abs().max(1e-300)).clamp(-LONGEST, LONGEST);
            step += axis * length;
            gain += 0.5 * slope * length;
        }
        let step: [f64; N] = step.as_slice().try_into().ok()?;
        step.iter().all(|part| part.is_finite()).then_some((step, gain))
    }

    fn point(&self, logs: &[f64; N]) -> Option<Point<N>> {
        Some(self.of.at(&logs.map(f64::exp))).filter(Point::is_finite)
    }

    fn inside(&self, logs: &[f64; N]) -> [f64; N] {
        let most = self.bound.ln();
        logs.map(|log| log.clamp(-most, most))
    }

    /// Which parameters are not held by a bound that they are pressed against.
    fn free(&self, logs: &[f64; N], point: &Point<N>) -> [bool; N] {
        let most = self.bound.ln();
        let mut free = [true; N];
        for ((free, log), slope) in free.iter_mut().zip(logs).zip(point.gradient) {
            *free = !((*log >= most && slope >= 0.0) || (*log <= -most && slope <= 0.0));
        }
        free
    }

    /// Minus the second derivatives, by differences of the gradient; of parameters that are held, one.
    fn curvature(&self, logs: &[f64; N], point: &Point<N>, free: &[bool; N]) -> Option<DMatrix<f64>> {
        let most = self.bound.ln();
        let mut curvature = DMatrix::identity(N, N);
        for (column, (log, _)) in logs.iter().zip(free).enumerate().filter(|(_, (_, free))| **free) {
            let width = if *log < 0.0 { DIFFERENCE } else { -DIFFERENCE };
            let mut moved = *logs;
            moved.iter_mut().skip(column).take(1).for_each(|log| *log = (*log + width).clamp(-most, most));
            let there = self.point(&moved)?;
            for (row, (here, there)) in point.gradient.iter().zip(there.gradient).enumerate() {
                if free.get(row).is_some_and(|free| *free) {
                    curvature[(row, column)] = (here - there) / width;
                }
            }
        }
        Some((&curvature + curvature.transpose()) * 0.5)
    }

    fn moved(&self, logs: &[f64; N], step: &[f64; N], part: f64) -> [f64; N] {
        let mut moved = *logs;
        moved.iter_mut().zip(step).for_each(|(log, step)| *log += part * step);
        self.inside(&moved)
    }
}

const MOST_STEPS: usize = 200;
const MOST_HALVES: i32 = 40;
/// Of a step along one axis: at most e² times as much or as little.
const LONGEST: f64 = 2.0;
/// Of logarithms, where the gradient is taken once more.
const DIFFERENCE: f64 = 1e-5;

struct Downhill<'a, 'b, const N: usize, L> {
    search: &'a Search<'b, N, L>,
}

impl<const N: usize, L: LogLikelihood<N>> CostFunction for Downhill<'_, '_, N, L> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logs: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        let logs: [f64; N] = logs.as_slice().try_into()?;
        let point = self.search.point(&self.search.inside(&logs));
        Ok(point.map_or(f64::MAX, |point| -point.value))
    }
}
