//! Levels: the longest path that leads to each node.

/// The level of each node, given the children of each. Nodes on a cycle, or behind one, get none that means
/// anything: refuse cycles first.
pub(crate) fn levels(children: &[Vec<usize>]) -> Vec<usize> {
    let mut open_parents = vec![0_usize; children.len()];
    for child in children.iter().flatten() {
        open_parents[*child] += 1;
    }
    let mut levels = vec![0; children.len()];
    let mut ready: Vec<_> = (0..children.len()).filter(|node| open_parents[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for child in &children[node] {
            levels[*child] = levels[*child].max(levels[node] + 1);
            open_parents[*child] -= 1;
            if open_parents[*child] == 0 {
                ready.push(*child);
            }
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_counts() {
        // 0 → 1 → 2 → 3 and 0 → 3; 4 stands alone.
        let children = [vec![1, 3], vec![2], vec![3], vec![], vec![]];
        assert_eq!(levels(&children), [0, 1, 2, 3, 0]);
    }
}
