//! The table, and the same as JSON.

use std::fmt::Write;

/// What was measured of one workload: nanoseconds a turn, round by round.
pub struct Line {
    pub name: &'static str,
    pub title: &'static str,
    pub own: Vec<f64>,
    pub peer: Vec<f64>,
}

fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = at * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

fn time(ns: f64) -> String {
    match ns {
        ..1e4 => format!("{ns:.1} ns"),
        ..1e7 => format!("{:.2} us", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}

/// The table's head.
pub fn head() {
    println!("{:<44}{:>12}{:>12}{:>10}  quartiles", "one thread, median of rounds", "wengert", "candle", "ratio");
}

impl Line {
    /// The peer's time over ours, of each round's pair.
    fn ratios(&self) -> Vec<f64> {
        self.own.iter().zip(&self.peer).map(|(own, peer)| peer / own).collect()
    }

    pub fn print(&self) {
        let (own, peer, ratios) = (quantile(&self.own, 0.5), quantile(&self.peer, 0.5), self.ratios());
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|at| quantile(&ratios, at));
        println!("{:<44}{:>12}{:>12}{middle:>10.2}  {low:.2} - {high:.2}", self.title, time(own), time(peer));
    }
}

/// Everything measured, every round of it. Names and titles hold nothing that JSON would have to escape.
pub fn json(lines: &[Line]) -> String {
    let mut text = String::from("{");
    for (k, line) in lines.iter().enumerate() {
        let ratios = line.ratios();
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|at| quantile(&ratios, at));
        let _ = write!(
            text,
            "{}\n  \"{}\": {{\"title\": \"{}\", \"ratio\": {middle}, \"ratio_quartiles\": [{low}, {high}], \
             \"wengert_ns\": {:?}, \"candle_ns\": {:?}}}",
            if k == 0 { "" } else { "," },
            line.name,
            line.title,
            line.own,
            line.peer,
        );
    }
    text + "\n}\n"
}
