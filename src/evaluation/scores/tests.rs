use proptest::prelude::*;

use super::*;
use crate::evaluation::{Place, WrongPair, WrongPairs, most_mixed, most_split};

fn grouping(groups: &[u32]) -> Grouping {
    let names: Vec<String> = groups.iter().map(u32::to_string).collect();
    Grouping::from_names(names.iter().map(|name| Some(name.as_str())))
}

fn scores(gold: &[u32], found: &[u32]) -> Scores {
    Scores::of(&grouping(gold), &grouping(found))
}

#[track_caller]
fn check(what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() < 1e-9, "{what}: {ours} is not {theirs}");
}

/// What scikit-learn 1.9.1 says: `adjusted_rand_score`, `normalized_mutual_info_score`,
/// `homogeneity_completeness_v_measure`, `pair_confusion_matrix`.
struct Theirs {
    ari: f64,
    nmi: f64,
    homogeneity: f64,
    completeness: f64,
    pair_confusion: [[u64; 2]; 2],
}

#[track_caller]
fn agrees(gold: &[u32], found: &[u32], theirs: &Theirs) {
    let ours = scores(gold, found);
    check("ari", ours.ari, theirs.ari);
    check("nmi", ours.nmi, theirs.nmi);
    check("homogeneity", ours.homogeneity, theirs.homogeneity);
    check("completeness", ours.completeness, theirs.completeness);
    let [[_, false_pairs], [missed, right]] = theirs.pair_confusion;
    assert_eq!(2 * ours.n_false_pairs(), false_pairs);
    assert_eq!(2 * ours.n_missed_pairs(), missed);
    assert_eq!(2 * ours.n_right_pairs, right);
}

#[test]
fn small_groupings_score_as_scikit_learn_has_it() {
    agrees(
        &[0, 0, 0, 1, 1, 1, 2, 2, 3],
        &[0, 0, 1, 1, 1, 2, 2, 2, 3],
        &Theirs {
            ari: 0.290_640_394_088_669_93,
            nmi: 0.676_267_880_083_468_8,
            homogeneity: 0.676_267_880_083_468_8,
            completeness: 0.676_267_880_083_468_8,
            pair_confusion: [[50, 8], [8, 6]],
        },
    );
    agrees(
        &[0, 0, 1, 1],
        &[0, 1, 0, 1],
        &Theirs {
            ari: -0.5,
            nmi: 0.0,
            homogeneity: 0.0,
            completeness: 0.0,
            pair_confusion: [[4, 4], [4, 0]],
        },
    );
}

#[test]
fn one_group_and_groups_of_one_score_as_scikit_learn_has_it() {
    let (together, apart) = ([0, 0, 0, 0], [0, 1, 2, 3]);
    let none =
        Theirs { ari: 0.0, nmi: 0.0, homogeneity: 1.0, completeness: 0.0, pair_confusion: [[0, 0], [12, 0]] };
    agrees(&together, &apart, &none);
    let all = Theirs { homogeneity: 0.0, completeness: 1.0, pair_confusion: [[0, 12], [0, 0]], ..none };
    agrees(&apart, &together, &all);
    let same =
        Theirs { ari: 1.0, nmi: 1.0, homogeneity: 1.0, completeness: 1.0, pair_confusion: [[12, 0], [0, 0]] };
    agrees(&apart, &[3, 2, 1, 0], &same);
}

#[test]
fn five_hundred_documents_score_as_scikit_learn_has_it() {
    let gold: Vec<u32> = (0..500).map(|n| (n * n + 3 * n) % 23).collect();
    let mended: Vec<u32> =
        (0..500).map(|n| if n % 5 > 0 { (n * n + 3 * n) % 23 } else { n * 7 % 31 }).collect();
    agrees(
        &gold,
        &mended,
        &Theirs {
            ari: 0.703_586_921_218_453_3,
            nmi: 0.744_872_770_550_691_6,
            homogeneity: 0.808_639_660_207_815_9,
            completeness: 0.690_427_718_784_796_8,
            pair_confusion: [[225_978, 2_762], [7_380, 13_380]],
        },
    );
    let unrelated: Vec<u32> = (0..500).map(|n| n % 11).collect();
    agrees(
        &gold,
        &unrelated,
        &Theirs {
            ari: -0.020_955_552_104_916_616,
            nmi: 0.000_574_700_791_814_948_4,
            homogeneity: 0.000_565_997_108_525_052_6,
            completeness: 0.000_583_676_339_438_355,
            pair_confusion: [[207_948, 20_792], [19_322, 1_438]],
        },
    );
}

#[test]
fn a_document_without_a_group_is_alone() {
    let found = Grouping::from_names([Some("x"), None, None, Some("x")]);
    assert_eq!(found.n_groups(), 3);
    assert_eq!(Scores::of(&grouping(&[0, 1, 2, 0]), &found), scores(&[0, 1, 2, 0], &[0, 1, 2, 0]));
    assert_eq!(Scores::of(&grouping(&[0, 1, 1, 0]), &found).n_missed_pairs(), 1);
}

#[test]
fn nothing_to_score_is_nothing_wrong() {
    for groups in [&[][..], &[0]] {
        let scores = scores(groups, groups);
        for share in
            [scores.pairwise.f1, scores.b_cubed.f1, scores.ari, scores.nmi, scores.homogeneity, scores.purity]
        {
            check("share", share, 1.0);
        }
    }
}

#[test]
fn the_worst_groups_come_first_with_their_parts() {
    let (gold, found) = (grouping(&[0, 0, 0, 0, 1, 1, 2]), grouping(&[5, 5, 6, 7, 7, 8, 8]));
    let table = Contingency::count(&gold, &found);
    let split = most_split(&table, &gold, &found, 10);
    assert_eq!(
        split.iter().map(|group| (gold.name(group.group), group.n_wrong_pairs)).collect::<Vec<_>>(),
        [(Some("0"), 5), (Some("1"), 1)]
    );
    assert_eq!(split[0].parts.iter().map(|part| part.n_documents).collect::<Vec<_>>(), [2, 1, 1]);
    let mixed = most_mixed(&table, &gold, &found, 1);
    assert_eq!(mixed.len(), 1);
    assert_eq!(found.name(mixed[0].group), Some("7"));
}

#[test]
fn of_wrong_pairs_the_plainest_is_kept_for_each_two_groups() {
    let (gold, found) = (grouping(&[0, 0, 0, 1, 1, 2]), grouping(&[0, 0, 1, 1, 1, 2]));
    let mut wrong = WrongPairs::new(&gold, &found);
    let mut offer = |a, b, cosine| wrong.offer(Place(a), Place(b), cosine);
    offer(0, 1, Some(0.1)); // right
    offer(2, 0, Some(0.4)); // missed
    offer(1, 2, Some(0.6)); // missed, more alike
    offer(2, 3, Some(0.5)); // falsely joined
    offer(4, 2, Some(0.3)); // falsely joined, less alike
    offer(4, 5, Some(0.9)); // rightly apart
    assert_eq!(wrong.missed(9), [WrongPair { a: Place(1), b: Place(2), cosine: Some(0.6) }]);
    assert_eq!(wrong.joined(9), [WrongPair { a: Place(2), b: Place(4), cosine: Some(0.3) }]);
}

#[test]
fn an_error_that_nobody_offers_a_pair_for_gets_an_example() {
    let (gold, found) = (grouping(&[0, 0, 0, 1, 1]), grouping(&[0, 0, 1, 1, 1]));
    let table = Contingency::count(&gold, &found);
    let mut wrong = WrongPairs::new(&gold, &found);
    wrong.offer_examples(&most_split(&table, &gold, &found, 5), &most_mixed(&table, &gold, &found, 5), 5);
    assert_eq!(wrong.missed(9), [WrongPair { a: Place(0), b: Place(2), cosine: None }]);
    assert_eq!(wrong.joined(9), [WrongPair { a: Place(2), b: Place(3), cosine: None }]);
}

/// Two groupings of the same documents.
fn two_groupings() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    (1..60usize)
        .prop_flat_map(|n| (proptest::collection::vec(0..8u32, n), proptest::collection::vec(0..8u32, n)))
}

proptest! {
    #[test]
    fn counts_are_what_a_look_at_every_pair_gives((gold, found) in two_groupings()) {
        let ours = scores(&gold, &found);
        let n = gold.len();
        let together = |groups: &[u32], a: usize, b: usize| groups[a] == groups[b];
        let (mut right, mut in_gold, mut in_found) = (0u64, 0u64, 0u64);
        let (mut precision, mut recall) = (0.0, 0.0);
        for a in 0..n {
            for b in a + 1..n {
                right += u64::from(together(&gold, a, b) && together(&found, a, b));
                in_gold += u64::from(together(&gold, a, b));
                in_found += u64::from(together(&found, a, b));
            }
            let count = |holds: &dyn Fn(usize) -> bool| (0..n).filter(|&b| holds(b)).count() as f64;
            let both = count(&|b| together(&gold, a, b) && together(&found, a, b));
            precision += both / count(&|b| together(&found, a, b)) / n as f64;
            recall += both / count(&|b| together(&gold, a, b)) / n as f64;
        }
        prop_assert_eq!((ours.n_right_pairs, ours.n_gold_pairs, ours.n_found_pairs), (right, in_gold, in_found));
        prop_assert!((ours.b_cubed.precision - precision).abs() < 1e-12);
        prop_assert!((ours.b_cubed.recall - recall).abs() < 1e-12);
        for share in [ours.pairwise.f1, ours.b_cubed.f1, ours.nmi, ours.homogeneity, ours.completeness, ours.purity] {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        prop_assert!((-0.5..=1.0).contains(&ours.ari));
    }

    #[test]
    fn a_grouping_against_itself_scores_one((groups, _) in two_groupings()) {
        let ours = scores(&groups, &groups);
        let one = PrecisionRecall { precision: 1.0, recall: 1.0, f1: 1.0 };
        let perfect = Scores {
            pairwise: one, b_cubed: one, ari: 1.0, nmi: 1.0, homogeneity: 1.0, completeness: 1.0, purity: 1.0, ..ours
        };
        prop_assert_eq!(ours, perfect);
    }

    #[test]
    fn exchanging_the_sides_exchanges_precision_and_recall((gold, found) in two_groupings()) {
        let (ours, theirs) = (scores(&gold, &found), scores(&found, &gold));
        let flipped = |of: PrecisionRecall| PrecisionRecall { precision: of.recall, recall: of.precision, f1: of.f1 };
        let expected = Scores {
            n_documents: ours.n_documents,
            n_gold_groups: ours.n_found_groups,
            n_found_groups: ours.n_gold_groups,
            pairwise: flipped(ours.pairwise),
            b_cubed: flipped(ours.b_cubed),
            ari: ours.ari,
            nmi: ours.nmi,
            homogeneity: ours.completeness,
            completeness: ours.homogeneity,
            // The only measure with a side of its own.
            purity: theirs.purity,
            n_gold_pairs: ours.n_found_pairs,
            n_found_pairs: ours.n_gold_pairs,
            n_right_pairs: ours.n_right_pairs,
        };
        prop_assert_eq!(theirs, expected);
    }

    #[test]
    fn no_bit_depends_on_the_order_of_documents_or_the_names_of_groups(
        (gold, found) in two_groupings(), seed in 1..1000usize
    ) {
        let n = gold.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&place| (place + 1) * seed * 7919 % 1009);
        let shuffled = |groups: &[u32]| order.iter().map(|&place| 31 - groups[place]).collect::<Vec<_>>();
        prop_assert_eq!(scores(&gold, &found), scores(&shuffled(&gold), &shuffled(&found)));
    }
}
