//! What a product costs at a moment: regular price, sale with its time, the lowest price before a reduction.
//! Functions of their arguments. Must not know the present, storage or customers.

use serde::{Deserialize, Serialize};

use crate::db::{Moment, Money};

/// Within so many days before a reduction the lowest price counts (Directive 98/6/EC, article 6a).
const PRIOR_DAYS: i64 = 30;

/// A reduced price and when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// Below the regular price.
    pub price: Money,
    /// From then on; `None` is at once.
    pub starts_at: Option<Moment>,
    /// Until just before then; `None` is without end.
    pub ends_at: Option<Moment>,
}

impl Sale {
    /// Whether the reduced price holds at `now`.
    pub fn is_on(&self, now: Moment) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && self.ends_at.is_none_or(|end| now < end)
    }
}

/// What customers pay at a moment, and what a reduction is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub price: Money,
    /// The regular price, while a sale is on.
    pub regular: Option<Money>,
    /// The lowest price of the 30 days before the reduction began, while a sale is on and if there was one.
    pub prior: Option<Money>,
    /// When the reduction ends.
    pub ends_at: Option<Moment>,
}

impl Offer {
    pub fn of(price: Money, sale: Option<&Sale>, prior: Option<Money>, now: Moment) -> Offer {
        match sale.filter(|sale| sale.is_on(now)) {
            Some(sale) => Offer {
                price: sale.price,
                regular: Some(price),
                prior,
                ends_at: sale.ends_at,
            },
            None => Offer {
                price,
                regular: None,
                prior: None,
                ends_at: None,
            },
        }
    }

    pub fn is_reduced(&self) -> bool {
        self.regular.is_some()
    }

    /// What the price is crossed out against: the law asks for the prior price, a product without one shows its
    /// regular price.
    pub fn compared_with(&self) -> Option<Money> {
        self.prior.or(self.regular).filter(|other| *other > self.price)
    }
}

/// What the clock moves, kept beside the content so that lists can be sorted and searched by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clockwork {
    /// What customers pay since the last change or moment.
    pub current_price: Money,
    /// When the present or coming reduction began or will begin; a sale that goes on while it is changed keeps it.
    pub reduced_since: Option<Moment>,
    /// The lowest price of the 30 days before that.
    pub prior_price: Option<Money>,
    /// When something changes next without anybody doing it.
    #[serde(skip)]
    pub next_moment_at: Option<Moment>,
}

impl Clockwork {
    /// The first moment after `now` at which a product with this sale and publication changes by itself.
    pub fn next_moment(sale: Option<&Sale>, publish_at: Option<Moment>, now: Moment) -> Option<Moment> {
        let of_sale = sale.map_or([None, None], |sale| [sale.starts_at, sale.ends_at]);
        of_sale
            .into_iter()
            .chain([publish_at])
            .flatten()
            .filter(|moment| *moment > now)
            .min()
    }

    /// When the reduction by `sale` begins, seen at `now`. One that is on and was on before, without a break, began
    /// when it did: lowering a lowered price is no new reduction.
    pub fn reduction_start(
        sale: &Sale,
        before: Option<(&Sale, Option<Moment>)>,
        now: Moment,
    ) -> Option<Moment> {
        if sale.ends_at.is_some_and(|end| end <= now) {
            return None;
        }
        let goes_on = before.filter(|(old, _)| old.is_on(now) && sale.is_on(now));
        let began = goes_on.and_then(|(_, began)| began);
        began.or_else(|| Some(sale.starts_at.map_or(now, |start| start.max(now))))
    }
}

/// The lowest price that customers saw within 30 days before a reduction began. `history` holds each price with the
/// moment from which it held, in order. `None` when there was no price before.
pub fn lowest_before(history: &[(Moment, Money)], began: Moment) -> Option<Money> {
    let window = began.plus_seconds(-PRIOR_DAYS * 24 * 60 * 60);
    let before = history.iter().filter(|(since, _)| *since < began);
    let first_inside = before.clone().position(|(since, _)| *since > window);
    let in_force_at_start = match first_inside {
        Some(position) => position.saturating_sub(1),
        None => before.clone().count().saturating_sub(1),
    };
    before.skip(in_force_at_start).map(|(_, price)| *price).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    /// Ten histories: prices with their dates, the start of the reduction, the price that has to be told.
    #[test]
    fn the_prior_price_is_the_lowest_of_the_thirty_days_before_the_reduction() {
        type History = (
            &'static str,
            &'static [(&'static str, &'static str)],
            &'static str,
            Option<&'static str>,
        );
        let table: [History; 10] = [
            ("no price before", &[], "2026-06-30", None),
            (
                "one price all along",
                &[("2025-01-01", "100")],
                "2026-06-30",
                Some("100"),
            ),
            (
                "raised within the window: the old one was in force in it",
                &[("2026-01-01", "80"), ("2026-06-20", "100")],
                "2026-06-30",
                Some("80"),
            ),
            (
                "raised long before: the old one is out of the window",
                &[("2026-01-01", "80"), ("2026-05-01", "100")],
                "2026-06-30",
                Some("100"),
            ),
            (
                "a sale within the window",
                &[("2026-01-01", "100"), ("2026-06-05", "70"), ("2026-06-10", "100")],
                "2026-06-30",
                Some("70"),
            ),
            (
                "a sale that ended exactly at the start of the window is outside",
                &[("2026-01-01", "100"), ("2026-05-20", "70"), ("2026-05-31", "100")],
                "2026-06-30",
                Some("100"),
            ),
            (
                "a sale that ended a moment after the start of the window is inside",
                &[
                    ("2026-01-01", "100"),
                    ("2026-05-20", "70"),
                    ("2026-05-31T00:00:01Z", "100"),
                ],
                "2026-06-30",
                Some("70"),
            ),
            (
                "up and down and up",
                &[
                    ("2026-06-01", "90"),
                    ("2026-06-08", "120"),
                    ("2026-06-15", "85"),
                    ("2026-06-22", "140"),
                ],
                "2026-06-30",
                Some("85"),
            ),
            (
                "new for ten days",
                &[("2026-06-20", "60"), ("2026-06-25", "65")],
                "2026-06-30",
                Some("60"),
            ),
            (
                "the reduced price itself and what came after do not count",
                &[("2026-01-01", "100"), ("2026-06-30", "50"), ("2026-07-05", "40")],
                "2026-06-30",
                Some("100"),
            ),
        ];
        for (what, history, began, expected) in table {
            let history: Vec<_> = history
                .iter()
                .map(|(since, price)| (day(since), money(price)))
                .collect();
            assert_eq!(lowest_before(&history, day(began)), expected.map(money), "{what}");
        }
    }

    #[test]
    fn a_sale_holds_from_its_start_until_just_before_its_end() {
        let sale = Sale {
            price: money("70"),
            starts_at: Some(day("2026-06-10")),
            ends_at: Some(day("2026-06-20")),
        };
        for (now, price) in [
            ("2026-06-09T23:59:59Z", "100"),
            ("2026-06-10", "70"),
            ("2026-06-19T23:59:59Z", "70"),
            ("2026-06-20", "100"),
        ] {
            let offer = Offer::of(money("100"), Some(&sale), Some(money("90")), day(now));
            assert_eq!(offer.price, money(price), "{now}");
            assert_eq!(
                offer.compared_with(),
                (price == "70").then(|| money("90")),
                "{now}"
            );
        }
    }

    #[test]
    fn a_sale_that_is_lowered_while_it_is_on_began_when_it_began() {
        let now = day("2026-06-15");
        let running = Sale {
            price: money("70"),
            starts_at: None,
            ends_at: None,
        };
        let lowered = Sale {
            price: money("60"),
            ..running
        };
        let began = Some(day("2026-06-01"));
        assert_eq!(
            Clockwork::reduction_start(&lowered, Some((&running, began)), now),
            began
        );
        assert_eq!(Clockwork::reduction_start(&lowered, None, now), Some(now));
        let coming = Sale {
            starts_at: Some(day("2026-07-01")),
            ..running
        };
        assert_eq!(
            Clockwork::reduction_start(&coming, Some((&running, began)), now),
            coming.starts_at
        );
        let backdated = Sale {
            starts_at: Some(day("2026-01-01")),
            ..running
        };
        assert_eq!(Clockwork::reduction_start(&backdated, None, now), Some(now));
        let over = Sale {
            ends_at: Some(day("2026-06-01")),
            ..running
        };
        assert_eq!(Clockwork::reduction_start(&over, None, now), None);
    }

    #[test]
    fn the_next_moment_is_the_nearest_one_to_come() {
        let sale = Sale {
            price: money("1"),
            starts_at: Some(day("2026-06-10")),
            ends_at: Some(day("2026-06-20")),
        };
        let publish_at = Some(day("2026-06-15"));
        for (now, next) in [
            ("2026-06-01", Some("2026-06-10")),
            ("2026-06-10", Some("2026-06-15")),
            ("2026-06-15", Some("2026-06-20")),
            ("2026-06-20", None),
        ] {
            let found = Clockwork::next_moment(Some(&sale), publish_at, day(now));
            assert_eq!(found, next.map(day), "{now}");
        }
    }
}
