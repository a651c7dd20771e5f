//! The places of a picture's vertices: layers from left to right, by Sugiyama's method.

use rust_sugiyama::configure::{Config, RankingType};
use rust_sugiyama::from_vertices_and_edges;

use super::picture::{PictureEdge, Vertex};

/// The width of a character of a label, and its margins, in pixels.
const CHARACTER: f64 = 7.2;
const PADDING: f64 = 24.0;
/// The height of a vertex.
const HEIGHT: f64 = 30.0;
/// The space between vertices of a layer, and between layers.
const BETWEEN: f64 = 16.0;
const BETWEEN_LAYERS: f64 = 60.0;
/// The number of vertices up to which crossings are reduced as far as possible, which takes long.
const FEW: usize = 400;

/// Gives each vertex its size and place.
pub(super) fn lay_out(all: &mut [Vertex], edges: &[PictureEdge]) {
    for placed in all.iter_mut() {
        placed.width = (placed.label.chars().count() as f64).mul_add(CHARACTER, PADDING).min(260.0);
        placed.height = HEIGHT;
    }
    // The library lays layers out from top to bottom, so that width here is height there. All have one height, so that
    // layers stand apart.
    let vertices: Vec<_> = all.iter().zip(0_u32..).map(|(_, id)| (id, (HEIGHT + BETWEEN, HEIGHT))).collect();
    let mut joined: Vec<_> = edges.iter().filter_map(|edge| Some((id(edge.from)?, id(edge.to)?))).collect();
    joined.sort_unstable();
    joined.dedup();
    let config =
        Config { vertex_spacing: 2.0, ranking_type: RankingType::Up, transpose: all.len() <= FEW, ..Config::default() };
    let mut below = 0.0;
    let mut parts = from_vertices_and_edges(&vertices, &joined, &config);
    // The part with the first vertex stands first.
    parts.sort_by_key(|(places, ..)| places.iter().map(|(at, _)| *at).min());
    for (places, ..) in parts {
        let layers = layers(&places);
        let lefts = lefts(all, &places, &layers);
        let top = places.iter().map(|(_, (x, _))| *x).fold(f64::INFINITY, f64::min);
        let bottom = places.iter().map(|(_, (x, _))| *x).fold(f64::NEG_INFINITY, f64::max);
        for ((at, (x, _)), layer) in places.iter().zip(&layers) {
            all[*at].x = lefts[*layer];
            all[*at].y = x - top + below;
        }
        below += bottom - top + HEIGHT + 2.0 * BETWEEN;
    }
}

fn id(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}

/// Returns the layer of each place, from 0.
fn layers(places: &[(usize, (f64, f64))]) -> Vec<usize> {
    let mut heights: Vec<f64> = places.iter().map(|(_, (_, y))| *y).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    places.iter().map(|(_, (_, y))| heights.partition_point(|height| height < y)).collect()
}

/// Returns the left edge of each layer: behind the widest vertex of the one before.
fn lefts(all: &[Vertex], places: &[(usize, (f64, f64))], layers: &[usize]) -> Vec<f64> {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let mut widths = vec![0.0_f64; count];
    for ((at, _), layer) in places.iter().zip(layers) {
        widths[*layer] = widths[*layer].max(all[*at].width);
    }
    let mut left = 0.0;
    widths
        .into_iter()
        .map(|width| {
            let own = left;
            left += width + BETWEEN_LAYERS;
            own
        })
        .collect()
}
