//! Running means and their errors, for many numbers at once.

/// Mean and central moments of samples of n numbers each, one pass (Pébay 2008): M_p = Σ (x − mean)^p.
#[derive(Debug, Clone)]
pub struct Moments {
    samples: usize,
    /// For each number: mean, M₂, M₃, M₄.
    moments: Vec<[f64; 4]>,
}

impl Moments {
    /// Of samples of `n` numbers; none so far.
    pub fn new(n: usize) -> Moments {
        Moments { samples: 0, moments: vec![[0.0; 4]; n] }
    }

    /// Takes one sample in.
    pub fn add(&mut self, sample: impl IntoIterator<Item = f64>) {
        self.samples += 1;
        let n = self.samples as f64;
        for ([mean, m2, m3, m4], x) in self.moments.iter_mut().zip(sample) {
            let delta = x - *mean;
            let step = delta / n;
            let term = delta * step * (n - 1.0);
            *mean += step;
            *m4 += term * step * step * (n * n - 3.0 * n + 3.0) + 6.0 * step * step * *m2 - 4.0 * step * *m3;
            *m3 += term * step * (n - 2.0) - 3.0 * step * *m2;
            *m2 += term;
        }
    }

    /// Samples taken in.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Means, and their standard errors √(M₂ / n (n − 1)); an error is infinite until there are two samples.
    pub fn means(&self) -> impl Iterator<Item = (f64, f64)> {
        let n = self.samples as f64;
        let error = move |m2: f64| if n < 2.0 { f64::INFINITY } else { (m2 / (n * (n - 1.0))).sqrt() };
        self.moments.iter().map(move |[mean, m2, ..]| (*mean, error(*m2)))
    }

    /// Variances M₂ / n, and their standard errors √((M₄ / n − variance²) / n), which hold for many samples.
    pub fn variances(&self) -> impl Iterator<Item = (f64, f64)> {
        let n = self.samples.max(1) as f64;
        let error = move |m2: f64, m4: f64| {
            if n < 2.0 { f64::INFINITY } else { ((m4 / n - (m2 / n) * (m2 / n)).max(0.0) / n).sqrt() }
        };
        self.moments.iter().map(move |[_, m2, _, m4]| (m2 / n, error(*m2, *m4)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_gives_what_two_passes_give() {
        let samples: Vec<f64> = (0..50).map(|k| 1e3 + (f64::from(k) * 1.7).sin() + f64::from(k % 7)).collect();
        let mut moments = Moments::new(1);
        samples.iter().for_each(|x| moments.add([*x]));
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let central = |p: i32| samples.iter().map(|x| (x - mean).powi(p)).sum::<f64>();
        let (found, error) = moments.means().next().unwrap();
        assert!(
            (found - mean).abs() < 1e-12 * mean && (error - (central(2) / n / (n - 1.0)).sqrt()).abs() < 1e-12,
            "{found} ± {error}"
        );
        let (found, error) = moments.variances().next().unwrap();
        let (variance, kurtosis) = (central(2) / n, central(4) / n);
        assert!(
            (found - variance).abs() < 1e-10 && (error - ((kurtosis - variance * variance) / n).sqrt()).abs() < 1e-10,
            "{found} ± {error}"
        );
    }
}
