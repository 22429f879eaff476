//! k-means with a start and a number of clusters that the data alone decide.

use std::sync::Mutex;
use std::thread;

use super::points::Points;

/// Fewer rows have no clusters.
pub const LEAST_ROWS: usize = 20;
const CLUSTERS: std::ops::RangeInclusive<usize> = 2..=8;
const MOST_ROUNDS: usize = 100;
/// Silhouettes this near are the same.
const SAME: f64 = 1e-9;
/// Rows that are summed together. Their sums are kept while none of them changes its cluster.
const CHUNK: usize = 256;
/// Rows for which threads are worth starting.
const MANY: usize = 10_000;

/// Centres of k-means for the k in 2..8 of the best mean simplified silhouette (Hruschka, Campello & de Castro 2004;
/// distances to centres instead of rows), a tie to the smaller. Row i of n begins in run floor(i·k/n), so the order of the
/// rows is the only start there is; then Lloyd's rounds (1982) until nothing changes, at most 100, an empty cluster keeps
/// its centre. None below 20 rows.
pub fn fit(points: Points<'_>) -> Option<Vec<Vec<f64>>> {
    if points.len() < LEAST_ROWS {
        return None;
    }
    let fits = each(points, |k| {
        let centres = Centres::lloyd(points, k);
        let silhouette = centres.mean_silhouette(points);
        (silhouette, centres)
    });
    let best = fits.iter().fold(f64::NEG_INFINITY, |best, (silhouette, _)| best.max(*silhouette));
    let (_, chosen) = fits.into_iter().find(|(silhouette, _)| *silhouette >= best - SAME)?;
    Some(chosen.rows().map(<[f64]>::to_vec).collect())
}

/// The place of the nearest centre, from 0, a tie to the lower. All have as many values as the features.
pub fn nearest<'a>(centres: impl IntoIterator<Item = &'a [f64]>, features: &[f64]) -> Option<usize> {
    let mut best = None;
    for (place, centre) in centres.into_iter().enumerate() {
        let distance = square_distance(centre, features);
        if best.is_none_or(|(_, least)| distance < least) {
            best = Some((place, distance));
        }
    }
    best.map(|(place, _)| place)
}

/// Every k, in its order. They do not need each other, so threads take one each and no sum depends on them.
fn each<T: Send>(points: Points<'_>, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = if points.len() < MANY { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    if threads == 1 {
        return CLUSTERS.map(of).collect();
    }
    // The largest first: it takes longest.
    let waiting = Mutex::new(CLUSTERS);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.min(CLUSTERS.count()) {
            scope.spawn(|| {
                while let Some(k) = waiting.lock().ok().and_then(|mut waiting| waiting.next_back()) {
                    let result = of(k);
                    if let Ok(mut done) = done.lock() {
                        done.push((k, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, result)| result).collect()
}

struct Centres {
    values: Vec<f64>,
    width: usize,
}

impl Centres {
    fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.width)
    }

    fn row(&self, place: usize) -> Option<&[f64]> {
        self.values.get(place * self.width..(place + 1) * self.width)
    }

    fn lloyd(points: Points<'_>, k: usize) -> Self {
        let n = points.len();
        let mut centres = Self { values: vec![0.0; k * points.width], width: points.width };
        let mut clusters: Vec<usize> = (0..n).map(|i| i * k / n).collect();
        let mut sums = Sums::of(points, &clusters, k);
        centres.move_to(&sums);
        let mut bounds = Bounds::new(points);
        for _ in 0..MOST_ROUNDS {
            let changed = bounds.assign(points, &centres, &mut clusters);
            if changed.iter().all(|changed| !changed) {
                break;
            }
            sums.renew(points, &clusters, &changed);
            let moved = centres.move_to(&sums);
            bounds.widen(&moved, &clusters);
        }
        centres
    }

    /// How far each went.
    fn move_to(&mut self, sums: &Sums) -> Vec<f64> {
        let (totals, counts) = sums.totals();
        let means = totals.chunks_exact(self.width).zip(counts);
        let centres = self.values.chunks_exact_mut(self.width);
        centres
            .zip(means)
            .map(|(centre, (total, count))| {
                if count == 0.0 {
                    return 0.0;
                }
                let mean: Vec<f64> = total.iter().map(|value| value / count).collect();
                let moved = square_distance(centre, &mean).sqrt();
                centre.copy_from_slice(&mean);
                moved
            })
            .collect()
    }

    fn mean_silhouette(&self, points: Points<'_>) -> f64 {
        let lanes = Lanes::of(self);
        let silhouette = |features: &[f64]| {
            let Two { least, next, .. } = lanes.nearest_two(features);
            if next > 0.0 { (next.sqrt() - least.sqrt()) / next.sqrt() } else { 0.0 }
        };
        let chunks = points.values.chunks(CHUNK * points.width);
        let sums = chunks.map(|chunk| chunk.chunks_exact(points.width).map(silhouette).sum::<f64>());
        sums.sum::<f64>() / points.len() as f64
    }
}

/// Centres side by side, so that a row is held against all of them at once; those that are missing are infinitely far.
struct Lanes(Vec<[f64; LANES]>);

const LANES: usize = *CLUSTERS.end();

impl Lanes {
    fn of(centres: &Centres) -> Self {
        let mut lanes = vec![[f64::INFINITY; LANES]; centres.width];
        for (place, centre) in centres.rows().enumerate() {
            for (lane, value) in lanes.iter_mut().zip(centre) {
                if let Some(lane) = lane.get_mut(place) {
                    *lane = *value;
                }
            }
        }
        Self(lanes)
    }

    fn nearest_two(&self, features: &[f64]) -> Two {
        let mut distances = [0.0; LANES];
        for (lane, value) in self.0.iter().zip(features) {
            distances.iter_mut().zip(lane).for_each(|(sum, centre)| *sum += (centre - value) * (centre - value));
        }
        let mut two = Two { place: 0, least: f64::INFINITY, next: f64::INFINITY };
        for (place, distance) in distances.into_iter().enumerate() {
            if distance < two.least {
                two = Two { place, least: distance, next: two.least };
            } else if distance < two.next {
                two.next = distance;
            }
        }
        two
    }
}

/// The nearest centre and how far it and the next one are, squared.
struct Two {
    place: usize,
    least: f64,
    next: f64,
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Sums of the rows of each cluster, by chunk and in the order of the chunks, so that what has not changed need not be
/// added again and the digits are the same as if it were.
struct Sums {
    chunks: Vec<Sum>,
    k: usize,
}

#[derive(Clone)]
struct Sum {
    values: Vec<f64>,
    counts: Vec<f64>,
}

impl Sum {
    fn of(rows: &[f64], width: usize, clusters: &[usize], k: usize) -> Self {
        let mut sum = Self { values: vec![0.0; k * width], counts: vec![0.0; k] };
        for (row, cluster) in rows.chunks_exact(width).zip(clusters) {
            if let Some(values) = sum.values.get_mut(cluster * width..(cluster + 1) * width) {
                values.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
            if let Some(count) = sum.counts.get_mut(*cluster) {
                *count += 1.0;
            }
        }
        sum
    }
}

impl Sums {
    fn of(points: Points<'_>, clusters: &[usize], k: usize) -> Self {
        let chunks = points.values.chunks(CHUNK * points.width).zip(clusters.chunks(CHUNK));
        Self { chunks: chunks.map(|(rows, clusters)| Sum::of(rows, points.width, clusters, k)).collect(), k }
    }

    fn renew(&mut self, points: Points<'_>, clusters: &[usize], changed: &[bool]) {
        let chunks = points.values.chunks(CHUNK * points.width).zip(clusters.chunks(CHUNK));
        for ((sum, (rows, clusters)), changed) in self.chunks.iter_mut().zip(chunks).zip(changed) {
            if *changed {
                *sum = Sum::of(rows, points.width, clusters, self.k);
            }
        }
    }

    fn totals(&self) -> (Vec<f64>, Vec<f64>) {
        let width = self.chunks.first().map_or(0, |sum| sum.values.len());
        let (mut values, mut counts) = (vec![0.0; width], vec![0.0; self.k]);
        for sum in &self.chunks {
            values.iter_mut().zip(&sum.values).for_each(|(total, value)| *total += value);
            counts.iter_mut().zip(&sum.counts).for_each(|(total, count)| *total += count);
        }
        (values, counts)
    }
}

/// How far a row is at most from its own centre and at least from every other one: by the triangle inequality most rows
/// need no distances at all (Hamerly 2010, *Making k-means even faster*). Rows are left alone only where the bounds are
/// apart by more than all that rounding can do, so that the clusters are the same as without them.
struct Bounds {
    own: Vec<f64>,
    other: Vec<f64>,
    /// What rounding may have done to a bound.
    slack: f64,
}

impl Bounds {
    fn new(points: Points<'_>) -> Self {
        let (mut least, mut most) = (vec![f64::INFINITY; points.width], vec![f64::NEG_INFINITY; points.width]);
        for row in points.rows() {
            least.iter_mut().zip(row).for_each(|(least, value)| *least = least.min(*value));
            most.iter_mut().zip(row).for_each(|(most, value)| *most = most.max(*value));
        }
        let slack = square_distance(&least, &most).sqrt() * 1e-12;
        Self { own: vec![f64::INFINITY; points.len()], other: vec![0.0; points.len()], slack }
    }

    /// Every row to its nearest centre; which chunks have changed.
    fn assign(&mut self, points: Points<'_>, centres: &Centres, clusters: &mut [usize]) -> Vec<bool> {
        let apart = apart(centres);
        let lanes = Lanes::of(centres);
        let mut all_changed = Vec::with_capacity(points.len().div_ceil(CHUNK));
        let chunks = points.values.chunks(CHUNK * points.width).zip(clusters.chunks_mut(CHUNK));
        let bounds = self.own.chunks_mut(CHUNK).zip(self.other.chunks_mut(CHUNK));
        for ((rows, clusters), (own, other)) in chunks.zip(bounds) {
            let mut changed = false;
            let rows = rows.chunks_exact(points.width).zip(clusters);
            for ((row, cluster), (own, other)) in rows.zip(own.iter_mut().zip(other)) {
                let far = apart.get(*cluster).map_or(*other, |apart| other.max(*apart));
                let safe = |own: f64| own + (own + far) * SAME + self.slack < far;
                if safe(*own) {
                    continue;
                }
                *own = centres.row(*cluster).map_or(*own, |centre| square_distance(centre, row).sqrt());
                if safe(*own) {
                    continue;
                }
                let two = lanes.nearest_two(row);
                changed |= *cluster != two.place;
                *cluster = two.place;
                *own = two.least.sqrt();
                *other = two.next.sqrt();
            }
            all_changed.push(changed);
        }
        all_changed
    }

    /// Centres have moved.
    fn widen(&mut self, moved: &[f64], clusters: &[usize]) {
        let most = moved.iter().fold(0.0, |most: f64, moved| most.max(*moved));
        let bounds = self.own.iter_mut().zip(&mut self.other);
        for ((own, other), cluster) in bounds.zip(clusters) {
            *own += moved.get(*cluster).copied().unwrap_or(most);
            *other -= most;
        }
    }
}

/// Half of the way from each centre to its nearest other one: no row nearer than that has another nearest centre.
fn apart(centres: &Centres) -> Vec<f64> {
    let half = |(place, centre): (usize, &[f64])| {
        let others = centres.rows().enumerate().filter(|(other, _)| *other != place);
        others.fold(f64::INFINITY, |least, (_, other)| least.min(square_distance(centre, other))).sqrt() / 2.0
    };
    centres.rows().enumerate().map(half).collect()
}

#[cfg(test)]
mod tests {
    use super::{Centres, Points, fit, nearest, square_distance};

    /// The definition, without any shortcut.
    fn plain(values: &[f64], width: usize, k: usize) -> Vec<usize> {
        let rows: Vec<&[f64]> = values.chunks_exact(width).collect();
        let n = rows.len();
        let mut clusters: Vec<usize> = (0..n).map(|i| i * k / n).collect();
        let mut centres = vec![vec![0.0; width]; k];
        for round in 0..=100 {
            for (cluster, centre) in centres.iter_mut().enumerate() {
                let own: Vec<&&[f64]> =
                    rows.iter().zip(&clusters).filter(|(_, of)| **of == cluster).map(|(row, _)| row).collect();
                if !own.is_empty() {
                    *centre =
                        (0..width).map(|j| own.iter().map(|row| row[j]).sum::<f64>() / own.len() as f64).collect();
                }
            }
            if round == 100 {
                break;
            }
            let next: Vec<usize> =
                rows.iter().map(|row| nearest(centres.iter().map(Vec::as_slice), row).expect("a centre")).collect();
            if next == clusters {
                break;
            }
            clusters = next;
        }
        rows.iter().map(|row| nearest(centres.iter().map(Vec::as_slice), row).expect("a centre")).collect()
    }

    fn noise(count: usize) -> Vec<f64> {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..count).map(|_| next() + next() + next()).collect()
    }

    #[test]
    fn shortcuts_change_nothing() {
        // Whole numbers have many ties.
        let whole: Vec<f64> = noise(1_500).iter().map(|value| (value * 4.0).floor()).collect();
        for (values, width) in [(noise(2_000), 5), (whole, 3), (noise(999), 1)] {
            let points = Points::new(&values, width).expect("points");
            for k in 2..=8 {
                let centres = Centres::lloyd(points, k);
                let found: Vec<usize> =
                    points.rows().map(|row| nearest(centres.rows(), row).expect("a centre")).collect();
                assert!(found == plain(&values, width, k), "k = {k}, width {width}");
            }
        }
    }

    #[test]
    fn clusters_that_there_are_are_found() {
        let corners = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]];
        let spread = noise(80);
        let rows = spread.chunks_exact(2).zip(corners.iter().cycle());
        let values: Vec<f64> = rows.flat_map(|(noise, corner)| [corner[0] + noise[0], corner[1] + noise[1]]).collect();
        let centres = fit(Points::new(&values, 2).expect("points")).expect("clusters");
        assert_eq!(centres.len(), 4);
        for corner in corners {
            let middle = [corner[0] + 1.5, corner[1] + 1.5];
            assert!(centres.iter().any(|centre| square_distance(centre, &middle) < 1.0), "{centres:?}");
        }
    }

    #[test]
    fn threads_change_nothing() {
        let mut values = noise(super::MANY);
        values.sort_by(f64::total_cmp);
        let points = Points::new(&values, 1).expect("points");
        let found = fit(points).expect("clusters");
        let alone = Centres::lloyd(points, found.len());
        assert!(found.iter().map(Vec::as_slice).eq(alone.rows()));
    }

    #[test]
    fn rows_may_be_too_few_or_all_the_same() {
        assert_eq!(fit(Points::new(&noise(19), 1).expect("points")), None);
        assert!(fit(Points::new(&noise(20), 1).expect("points")).is_some());
        // Silhouettes are all 0: the smallest k, whose empty cluster keeps its centre.
        let same = [2.5; 30];
        assert_eq!(fit(Points::new(&same, 1).expect("points")), Some(vec![vec![2.5], vec![2.5]]));
    }

    #[test]
    fn ties_go_to_the_lower_number() {
        let centres: [&[f64]; 3] = [&[1.0], &[-1.0], &[1.0]];
        assert_eq!(nearest(centres, &[0.0]), Some(0));
        assert_eq!(nearest(centres, &[-0.1]), Some(1));
        assert_eq!(nearest([], &[0.0]), None);
    }
}
