//! A multivariate series: values by the hour in their own units, measured or filled in, and what does not change.
//!
//! Two notations are read, told apart by content: our CSV (`hour,HR,Temp,…`, blank = not measured, `# Age=64`
//! before the header) and the record files of PhysioNet Challenge 2012 (`Time,Parameter,Value`).

use crate::{Error, Result};
use std::collections::BTreeMap;

/// One input column of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// For people.
    pub name: String,
    /// What it is made from.
    pub variable: String,
    /// `value`, `measured` or `static`.
    pub role: String,
    /// Of the raw value.
    pub unit: String,
    /// Standardised = (raw − mean) / std.
    pub mean: f64,
    /// See `mean`.
    pub std: f64,
}

/// What the network expects.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesSpec {
    /// [I].
    pub columns: Vec<Column>,
    /// Standardised values are held within ± this.
    pub clip: Option<f64>,
    /// T, if it is fixed.
    pub length: Option<usize>,
    /// "hour".
    pub step_unit: String,
}

/// A series as it was charted.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The V measured variables, in the order of the network's `value` columns.
    pub variables: Vec<String>,
    /// [V].
    pub units: Vec<String>,
    /// [V][T]: raw values; NaN = not measured at that hour.
    pub values: Vec<Vec<f64>>,
    /// What does not change, by name.
    pub fixed: BTreeMap<String, f64>,
    /// What a person should know about the file.
    pub warnings: Vec<String>,
}

/// The intensive-care unit is one number in the records and one input a unit in the network.
const UNIT_TYPE: &str = "ICUType";
const UNIT_TYPES: [&str; 4] = ["Coronary care", "Cardiac surgery", "Medical", "Surgical"];
const MOST_LISTED: usize = 6;

impl Series {
    /// Reads either notation.
    pub fn read(text: &str, spec: &SeriesSpec) -> Result<Series> {
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let Some(first) = first else { return Err(Error::request("series", "a table with a header line", "empty")) };
        let mut series = Series::empty(spec);
        if first.eq_ignore_ascii_case("Time,Parameter,Value") {
            series.read_record(text)?
        } else {
            series.read_table(text, spec)?
        }
        let steps = series.steps();
        if steps == 0 {
            return Err(Error::request("series", "at least one step long", "a header without rows"));
        }
        if steps > super::MOST_STEPS {
            return Err(Error::request("series", format!("at most {} steps long", super::MOST_STEPS), steps));
        }
        if let Some(length) = spec.length.filter(|length| *length != steps) {
            series.warnings.push(format!("{steps} {}s; the network was trained on {length}", spec.step_unit));
        }
        let missing: Vec<&str> = series
            .variables
            .iter()
            .zip(&series.values)
            .filter(|(_, v)| v.iter().all(|v| v.is_nan()))
            .map(|(name, _)| name.as_str())
            .collect();
        if !missing.is_empty() {
            series.warnings.push(format!("never measured, taken at their mean: {}", listed(&missing)));
        }
        let fixed: Vec<&str> = spec
            .columns
            .iter()
            .filter(|c| c.role == "static" && !series.fixed.contains_key(&c.variable))
            .map(|c| c.variable.as_str())
            .collect();
        if !fixed.is_empty() && !fixed.iter().all(|name| UNIT_TYPES.contains(name)) {
            series.warnings.push(format!("not given, taken as zero: {}", listed(&fixed)));
        }
        Ok(series)
    }

    /// T.
    pub fn steps(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    fn empty(spec: &SeriesSpec) -> Series {
        let values: Vec<&Column> = spec.columns.iter().filter(|column| column.role == "value").collect();
        Series {
            variables: values.iter().map(|column| column.variable.clone()).collect(),
            units: values.iter().map(|column| column.unit.clone()).collect(),
            values: vec![Vec::new(); values.len()],
            fixed: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    fn fix(&mut self, name: &str, value: f64) {
        if name == UNIT_TYPE {
            for (k, unit) in UNIT_TYPES.iter().enumerate() {
                self.fixed.insert((*unit).into(), if value as usize == k + 1 { 1.0 } else { 0.0 });
            }
        } else {
            self.fixed.insert(name.into(), value);
        }
    }

    /// `# name=value` lines, a header, one row a step.
    fn read_table(&mut self, text: &str, spec: &SeriesSpec) -> Result<()> {
        let mut places: Option<Vec<Option<usize>>> = None;
        let mut strangers: Vec<String> = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if let Some(note) = line.strip_prefix('#') {
                if let Some((name, value)) = note.split_once('=') {
                    let number = number(value)
                        .ok_or_else(|| Error::request(format!("line {}", n + 1), "a number after =", value.trim()))?;
                    self.fix(name.trim(), number);
                }
                continue;
            }
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let Some(places) = &places else {
                let place = |cell: &&str| self.variables.iter().position(|name| name.eq_ignore_ascii_case(cell));
                let found: Vec<Option<usize>> = cells.iter().skip(1).map(place).collect();
                strangers.extend(
                    cells
                        .iter()
                        .skip(1)
                        .zip(&found)
                        .filter(|(_, place)| place.is_none())
                        .map(|(cell, _)| (*cell).to_string()),
                );
                if found.iter().all(Option::is_none) {
                    let known: Vec<&str> = self.variables.iter().map(String::as_str).collect();
                    let header =
                        format!("`{}` and at least one variable of this model ({})", spec.step_unit, listed(&known));
                    return Err(Error::request(
                        "header line",
                        header,
                        format!("“{}”", line.chars().take(60).collect::<String>()),
                    ));
                }
                places = Some(found);
                continue;
            };
            if cells.len() != places.len() + 1 {
                return Err(Error::request(
                    format!("line {}", n + 1),
                    format!("of {} cells, as the header", places.len() + 1),
                    cells.len(),
                ));
            }
            self.values.iter_mut().for_each(|values| values.push(f64::NAN));
            for (cell, place) in cells.iter().skip(1).zip(places) {
                if let (Some(place), false) = (place, cell.is_empty()) {
                    let value = number(cell).ok_or_else(|| {
                        Error::request(
                            format!("line {}, {}", n + 1, self.variables[*place]),
                            "a number or blank",
                            format!("“{cell}”"),
                        )
                    })?;
                    if let Some(last) = self.values[*place].last_mut() {
                        *last = value;
                    }
                }
            }
        }
        if !strangers.is_empty() {
            let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
            self.warnings.push(format!("not read by this model: {}", listed(&strangers)));
        }
        Ok(())
    }

    /// `hh:mm,parameter,value` lines; the last value of each hour counts; below zero means missing.
    fn read_record(&mut self, text: &str) -> Result<()> {
        const HOURS: usize = 48;
        self.values = vec![vec![f64::NAN; HOURS]; self.variables.len()];
        for (n, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("line {}", n + 1);
            let mut cells = line.trim().split(',');
            let (Some(time), Some(name), Some(value)) = (cells.next(), cells.next(), cells.next()) else {
                return Err(Error::request(
                    place,
                    "of the form hh:mm,parameter,value",
                    line.chars().take(60).collect::<String>(),
                ));
            };
            let hour = time.split(':').next().and_then(|hour| hour.parse::<usize>().ok());
            let (Some(hour), Some(value)) = (hour, number(value)) else {
                return Err(Error::request(
                    place,
                    "of the form hh:mm,parameter,number",
                    line.chars().take(60).collect::<String>(),
                ));
            };
            match self.variables.iter().position(|variable| variable == name) {
                Some(variable) if value >= 0.0 && hour < HOURS => self.values[variable][hour] = value,
                Some(_) => {}
                None if value >= 0.0 => self.fix(name, value),
                None => {}
            }
        }
        Ok(())
    }

    /// The network's inputs, [T][I]: standardised, clipped, carried forward; zero where never measured.
    pub fn standardised(&self, spec: &SeriesSpec) -> Vec<Vec<f64>> {
        let steps = self.steps();
        let mut rows = vec![vec![0.0; spec.columns.len()]; steps];
        for (k, column) in spec.columns.iter().enumerate() {
            let values = self.variables.iter().position(|name| *name == column.variable).map(|v| &self.values[v]);
            let scale = |raw: f64| {
                let z = (raw - column.mean) / column.std;
                spec.clip.map_or(z, |clip| z.clamp(-clip, clip))
            };
            match (column.role.as_str(), values) {
                ("value", Some(values)) => {
                    let mut last = 0.0;
                    for (row, raw) in rows.iter_mut().zip(values) {
                        last = if raw.is_nan() { last } else { scale(*raw) };
                        row[k] = last;
                    }
                }
                ("measured", Some(values)) => {
                    rows.iter_mut().zip(values).for_each(|(row, raw)| row[k] = if raw.is_nan() { 0.0 } else { 1.0 })
                }
                // What does not change is not clipped.
                _ => {
                    let fixed = self.fixed.get(&column.variable).map_or(0.0, |raw| (raw - column.mean) / column.std);
                    rows.iter_mut().for_each(|row| row[k] = fixed);
                }
            }
        }
        rows
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(MOST_LISTED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> SeriesSpec {
        let column = |variable: &str, role: &str, mean, std| Column {
            name: variable.into(),
            variable: variable.into(),
            role: role.into(),
            unit: "u".into(),
            mean,
            std,
        };
        SeriesSpec {
            columns: vec![
                column("HR", "value", 80.0, 10.0),
                column("Temp", "value", 37.0, 1.0),
                column("HR", "measured", 0.0, 1.0),
                column("Age", "static", 60.0, 20.0),
                column("Medical", "static", 0.0, 1.0),
            ],
            clip: Some(5.0),
            length: Some(48),
            step_unit: "hour".into(),
        }
    }

    #[test]
    fn a_table_and_a_record_are_standardised_alike() {
        let spec = spec();
        let table = Series::read("# Age=80\n# ICUType=3\nhour,HR\n0,90\n1,\n2,500\n", &spec).unwrap();
        assert_eq!(
            table.standardised(&spec),
            [[1.0, 0.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0, 1.0], [5.0, 0.0, 1.0, 1.0, 1.0]]
        );
        assert!(table.warnings.iter().any(|w| w.contains("Temp")), "{:?}", table.warnings);
        let record = Series::read("Time,Parameter,Value\n00:00,Age,80\n00:00,ICUType,3\n00:07,HR,70\n00:37,HR,90\n02:01,HR,500\n02:02,Height,-1\n", &spec).unwrap();
        assert_eq!(record.steps(), 48);
        assert_eq!(record.standardised(&spec)[..3], table.standardised(&spec)[..]);
    }

    #[test]
    fn mistakes_are_placed() {
        let spec = spec();
        for (text, place) in [
            ("", "series"),
            ("hour,Foo\n0,1", "header line"),
            ("hour,HR\n0,abc", "line 2, HR"),
            ("hour,HR\n0,1,2", "line 2"),
            ("hour,HR\n", "series"),
            ("# Age=x\nhour,HR\n0,1", "line 1"),
            ("hour,HR\n0,inf", "line 2, HR"),
        ] {
            assert_eq!(Series::read(text, &spec).unwrap_err().place(), place, "{text:?}");
        }
    }
}
