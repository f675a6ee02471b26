//! What if: an edit's score is that of a fresh run, a flip flips when it is read anew, and none of its edits is idle.

use ndarray::Array2;
use rnnscope::counterfactual::{
    Contrast, Edit, Limits, Runs, Search, Space, Turned, Values, Variable, Words, predicted,
};
use rnnscope::import;
use rnnscope::input::{Column, Letters, Series, SeriesSpec};
use rnnscope::network::{Network, Trace, TraceJob};
use std::rc::Rc;

const LIMITS: Limits = Limits { runs: 3000, edits: 6 };

/// A shipped network with what it has read.
struct Reading {
    network: Rc<Network<f32>>,
    trace: Rc<Trace<f32>>,
    space: Rc<dyn Space>,
    reach: usize,
    step: usize,
}

fn trace(network: &Rc<Network<f32>>, x: Array2<f32>) -> Rc<Trace<f32>> {
    let mut job = TraceJob::new(network.clone(), x);
    while job.advance() {}
    Rc::new(job.finish())
}

fn network(id: &str) -> Rc<Network<f32>> {
    let bytes = std::fs::read(format!("www/models/{id}.safetensors")).unwrap();
    Rc::new(Network::new(&import::read(bytes).unwrap()).unwrap())
}

fn samples(id: &str) -> Vec<String> {
    let file = std::fs::read(format!("www/models/samples/{id}.json")).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&file).unwrap();
    list["samples"].as_array().unwrap().iter().map(|sample| sample["text"].as_str().unwrap().to_string()).collect()
}

fn letters(network: &Network<f32>) -> Letters {
    let input = &network.metadata.input;
    Letters::new(
        &network.metadata.vocab,
        input.kind == import::InputKind::Words,
        input.lower_case,
        input.unknown.as_deref(),
    )
}

fn text(network: &Rc<Network<f32>>, text: &str) -> (Reading, Rc<Words>) {
    let letters = letters(network);
    let ids = letters.read(text).unwrap().ids();
    let typed = |(k, entry): (usize, &String)| {
        letters
            .read(entry)
            .is_ok_and(|read| read.tokens.len() == 1 && !read.tokens[0].unknown && read.ids() == [Some(k)])
    };
    let allowed = network.metadata.vocab.iter().enumerate().filter(|(k, entry)| typed((*k, entry))).map(|(k, _)| k);
    let steps = ids.len();
    let words = Rc::new(Words::new(network.clone(), ids.clone(), allowed.collect(), steps));
    let trace = trace(network, network.encode(&ids));
    (Reading { network: network.clone(), trace, space: words.clone(), reach: steps, step: steps - 1 }, words)
}

fn spec(network: &Network<f32>) -> SeriesSpec {
    let metadata = &network.metadata;
    let scale = metadata.input.normalisation.clone().unwrap();
    let column = |(k, feature): (usize, &import::Feature)| Column {
        name: metadata.feature_names[k].clone(),
        variable: feature.variable.clone(),
        role: feature.role.clone(),
        unit: metadata.units[k].clone(),
        mean: scale.mean[k],
        std: scale.std[k],
    };
    let columns = metadata.features.iter().enumerate().map(column).collect();
    SeriesSpec { columns, clip: scale.clip, length: metadata.input.length, step_unit: "hour".into() }
}

fn standardised(series: &Series, spec: &SeriesSpec) -> Array2<f32> {
    let rows = series.standardised(spec);
    Array2::from_shape_fn((rows.len(), spec.columns.len()), |(t, k)| rows[t][k] as f32)
}

fn series(network: &Rc<Network<f32>>, text: &str) -> (Reading, Series, SeriesSpec) {
    let spec = spec(network);
    let series = Series::read(text, &spec).unwrap();
    let variable = |(v, name): (usize, &String)| {
        let place = |role: &str| spec.columns.iter().position(|c| c.variable == *name && c.role == role);
        let value = place("value").unwrap();
        let Column { mean, std, .. } = spec.columns[value];
        Variable { value, measured: place("measured"), mean, std, raw: series.values[v].clone(), positive: mean > 0.0 }
    };
    let variables = series.variables.iter().enumerate().map(variable).collect();
    let x = standardised(&series, &spec);
    let space = Rc::new(Values::new(x.clone(), variables, spec.clip));
    let steps = series.steps();
    let trace = trace(network, x);
    (Reading { network: network.clone(), trace, space, reach: steps, step: steps - 1 }, series, spec)
}

impl Reading {
    fn contrast(&self) -> Contrast {
        Contrast::new(self.trace.logits_at(self.step), None, self.step).unwrap()
    }

    fn search(&self, limits: Limits) -> Turned {
        let (trace, space) = (self.trace.clone(), self.space.clone());
        let mut search = Search::new(trace, space, self.contrast(), self.reach, limits).unwrap();
        while search.advance() {}
        search.found().clone()
    }

    fn runs(&self, variants: Vec<Vec<Edit>>) -> Vec<Vec<f32>> {
        let mut runs = Runs::new(self.trace.clone(), self.space.clone(), variants, self.reach, self.step);
        while runs.advance() {}
        runs.logits().iter().map(|logits| logits.clone().unwrap()).collect()
    }

    fn fresh(&self, edits: &[Edit]) -> Vec<f32> {
        trace(&self.network, self.space.edited(edits)).logits_at(self.step).to_vec()
    }

    /// What must be true of anything that a search finds.
    fn holds(&self, what: &str, found: &Turned, limits: Limits) {
        assert!(found.runs <= limits.runs, "{what}: {} runs", found.runs);
        assert!(found.edits.len() <= limits.edits, "{what}: {} edits", found.edits.len());
        let anew = self.fresh(&found.edits);
        near(what, &found.logits, &anew);
        let contrast = self.contrast();
        assert_eq!(found.flips, contrast.flipped(&anew), "{what}: read anew");
        for k in (0..found.edits.len()).filter(|_| found.flips) {
            let mut rest = found.edits.clone();
            rest.remove(k);
            assert!(!contrast.flipped(&self.fresh(&rest)), "{what}: {:?} is idle", found.edits[k]);
        }
    }
}

fn near(what: &str, found: &[f32], expected: &[f32]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{what}: {a} is not {b}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}

#[test]
fn other_words_have_the_scores_of_fresh_runs_alone_and_in_batches_nearest_first() {
    for (id, sample) in
        [("sentiment_lstm", "sentiment"), ("sentiment_bigru", "sentiment"), ("prose_gru_1x128", "prose")]
    {
        let network = network(id);
        let (reading, words) = text(&network, &samples(sample)[1]);
        for step in [0, 4, reading.step] {
            let others: Vec<Vec<Edit>> = words.nearest(step).into_iter().take(100).map(|edit| vec![edit]).collect();
            let sizes: Vec<f64> = others.iter().map(|edits| words.size(&edits[0])).collect();
            assert!(sizes.is_sorted() && sizes[0] > 0.0, "{id}: {sizes:?}");
            let together = reading.runs(others.clone());
            for (edits, logits) in others.iter().zip(&together).step_by(7) {
                near(&format!("{id} fresh"), logits, &reading.fresh(edits));
                near(&format!("{id} alone"), logits, &reading.runs(vec![edits.clone()])[0]);
            }
        }
    }
}

#[test]
fn a_changed_series_is_what_reading_the_changed_table_gives() {
    let network = network("icu_gru_1x64");
    let (reading, series, spec) = series(&network, &samples("icu")[0]);
    for (variable, step, raw) in [(0, 0, 5.0), (14, 10, 140.0), (14, 10, f64::NAN), (10, 47, 3.0), (3, 20, f64::NAN)] {
        let edit = Edit::Value { step, variable, raw };
        let mut changed = series.clone();
        changed.values[variable][step] = raw;
        assert_eq!(reading.space.edited(&[edit]), standardised(&changed, &spec), "{edit:?}");
    }
}

#[test]
fn flips_of_every_shipped_review_and_patient_flip_when_read_anew_and_hold_no_idle_edit() {
    let mut report = String::new();
    for (id, sample) in [
        ("sentiment_lstm", "sentiment"),
        ("sentiment_bigru", "sentiment"),
        ("icu_gru_1x64", "icu"),
        ("icu_attention_lstm_1x64", "icu"),
    ] {
        let network = network(id);
        let (mut flips, mut edits, mut runs) = (0, 0, 0);
        let all = samples(sample);
        for (k, one) in all.iter().enumerate() {
            let reading = if sample == "icu" { series(&network, one).0 } else { text(&network, one).0 };
            // A stay is many values, of which one alone does little.
            let limits = Limits { edits: if sample == "icu" { 12 } else { LIMITS.edits }, ..LIMITS };
            let found = reading.search(limits);
            reading.holds(&format!("{id}, sample {k}"), &found, limits);
            assert_ne!(predicted(&found.logits) != reading.contrast().from, !found.flips);
            flips += usize::from(found.flips);
            edits += if found.flips { found.edits.len() } else { 0 };
            runs += found.runs;
        }
        let n = all.len();
        report += &format!("{id}: {flips} of {n} flip, {edits} edits in all, {} runs each\n", runs / n);
        assert!(2 * flips > n, "{report}");
    }
    println!("{report}");
}

#[test]
fn the_same_search_finds_the_same_edit_within_its_budget() {
    let network = network("sentiment_bigru");
    let (reading, _) = text(&network, &samples("sentiment")[3]);
    assert_eq!(reading.search(LIMITS), reading.search(LIMITS));
    for runs in [60, 100, 500] {
        let limits = Limits { runs, edits: 6 };
        reading.holds(&format!("{runs} runs"), &reading.search(limits), limits);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_place_and_remedy() {
    let network = network("sentiment_lstm");
    let (reading, _) = text(&network, "a good film");
    let refused = |limits: Limits, reach: usize| {
        let search = Search::new(reading.trace.clone(), reading.space.clone(), reading.contrast(), reach, limits);
        search.err().map(|error| (error.code(), error.place().to_string(), error.remedy()))
    };
    for (limits, reach, place) in [
        (Limits { runs: 5, edits: 6 }, 3, "budget"),
        (Limits { runs: 500, edits: 0 }, 3, "number of edits"),
        (LIMITS, 4, "time step"),
        (LIMITS, 0, "time step"),
    ] {
        let (code, at, remedy) = refused(limits, reach).unwrap();
        assert_eq!((code, at.as_str()), ("bad-request", place));
        assert!(remedy.contains(place), "{remedy}");
    }
    let from = reading.contrast().from;
    for wish in [from, 2] {
        assert_eq!(
            Contrast::new(&[0.0, 1.0][..], Some(if wish == from { 1 } else { 2 }), 0).unwrap_err().place(),
            "wished outcome"
        );
    }
}
