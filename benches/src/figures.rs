//! Figures: a name that stays, a value, a unit; and how many runs become one.

use std::fmt;

/// One line of output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_digits = if self.value.abs() < 10.0 { 3 } else { 1 };
        write!(f, "{}\t{:.*}\t{}", self.name, n_digits, self.value, self.unit)
    }
}

/// The middle of some values; zero of none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let (lower, upper) = (values.get(values.len().saturating_sub(1) / 2), values.get(values.len() / 2));
    lower.zip(upper).map_or(0.0, |(lower, upper)| f64::midpoint(*lower, *upper))
}

/// The median of what ours is to theirs, run by run.
pub(crate) fn median_ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_run_does_not_move_a_median() {
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value}");
        near(median([3.0, 1.0, 100.0]), 3.0);
        near(median([4.0, 1.0, 3.0, 2.0]), 2.5);
        near(median([]), 0.0);
        near(median_ratio(&[2.0, 20.0, 3.0], &[4.0, 4.0, 6.0]), 0.5);
    }

    #[test]
    fn a_figure_is_a_line_of_three_fields_with_a_plain_decimal() {
        assert_eq!(Figure::new("crypto.a.ratio", 0.512_34, "ratio").to_string(), "crypto.a.ratio\t0.512\tratio");
        assert_eq!(Figure::new("crypto.a.ops", 1_234_567.89, "1/s").to_string(), "crypto.a.ops\t1234567.9\t1/s");
    }
}
