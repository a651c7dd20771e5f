//! Levels: the longest path that leads to each node.

/// Returns the level of each of `nodes` nodes, given the children of each. Vertices behind these are gates, which nodes
/// wait at and which are no step of a path. Nodes on a cycle, or behind one, get a meaningless level: refuse cycles
/// first.
pub(super) fn levels(children: &[Vec<usize>], nodes: usize) -> Vec<usize> {
    let mut open_parents = vec![0_usize; children.len()];
    for child in children.iter().flatten() {
        open_parents[*child] += 1;
    }
    let mut levels = vec![0; children.len()];
    let mut ready: Vec<_> = (0..children.len()).filter(|node| open_parents[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for child in &children[node] {
            levels[*child] = levels[*child].max(levels[node] + usize::from(node < nodes));
            open_parents[*child] -= 1;
            if open_parents[*child] == 0 {
                ready.push(*child);
            }
        }
    }
    levels.truncate(nodes);
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_counts() {
        // 0 → 1 → 2 → 3 and 0 → 3; 4 stands alone.
        let children = [vec![1, 3], vec![2], vec![3], vec![], vec![]];
        assert_eq!(levels(&children, 5), [0, 1, 2, 3, 0]);
    }

    #[test]
    fn gates_are_no_steps() {
        // 0 → gate 3 → 1 → gate 4 → 2.
        let children = [vec![3], vec![4], vec![], vec![1], vec![2]];
        assert_eq!(levels(&children, 3), [0, 1, 2]);
    }
}
