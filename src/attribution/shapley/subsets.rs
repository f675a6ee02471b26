//! Subsets of a given size: how many, and each.

/// C(n, k), unless it is very large.
pub(super) fn choose(n: usize, k: usize) -> Option<usize> {
    (0..k).try_fold(1usize, |product, i| {
        product.checked_mul(n - i).map(|product| product / (i + 1)).filter(|product| *product < 1 << 30)
    })
}

/// Every subset of `size` of `count` players.
pub(super) fn subsets(count: usize, size: usize, visit: &mut impl FnMut(&[bool])) {
    let mut members: Vec<usize> = (0..size).collect();
    let mut coalition = vec![false; count];
    loop {
        coalition.fill(false);
        members.iter().for_each(|member| coalition[*member] = true);
        visit(&coalition);
        let Some(k) = (0..size).rev().find(|k| members[*k] < count - size + k) else { return };
        members[k] += 1;
        (k + 1..size).for_each(|j| members[j] = members[j - 1] + 1);
    }
}
