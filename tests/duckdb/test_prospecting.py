"""Prospecting, scorecard and ownership on small trees, values worked out by hand from the contract.

    python3 test_prospecting.py
"""

import unittest
from decimal import Decimal

from test_verify import Tree, customers, sale


class Base(unittest.TestCase):
    """A year has 365 days: 2025-02-16 to 2026-02-15 is the one that ends on the logical date."""

    @classmethod
    def setUpClass(cls):
        cls.tree = Tree({
            "dim_customer": customers("a", region="'N'") + customers("b", "c", "d"),
            "fct_sale": [
                # a comes back on the 365th day and never left; b a day later and did
                sale("1", "a", "2025-01-10", "1.00"), sale("2", "a", "2026-01-10", "1.00"),
                sale("3", "b", "2025-01-10", "1.00"), sale("4", "b", "2026-01-11", "1.00"),
                # c's 365th day is the logical date's, d's the day after
                sale("5", "c", "2025-02-15", "1.00"), sale("6", "d", "2025-02-16", "1.00"),
                sale("7", "d", "2025-02-16", "-1.00", is_return="true"), sale("8", None, "2026-02-01", "1.00"),
            ],
        })
        cls.tree.publish()  # some of what is recomputed starts from marts that are verified by themselves

    def row(self, mart, key, **expected):
        row = self.tree.recompute(mart)[key]
        self.assertEqual({column: row[column] for column in expected}, expected)

    def test_gap_of_a_year(self):
        self.row("customer_base_trend", ("2025-01", "all", "all"), new_customers=2, active=2, lapsed=0, total=2, net_change=2)
        self.row("customer_base_trend", ("2026-01", "all", "all"), active=2, reactivated=1, lapsed=1, total=4, net_change=0)
        self.row("customer_base_trend", ("2026-01", "region", "N"), active=1, reactivated=0, lapsed=0, total=1)
        self.row("customer_base_trend", ("2026-02", "region", "(none)"), active=0, lapsed=1, total=2)

    def test_rates(self):
        # a and b bought in 2025-02-02..2026-01-31 and in the year before that; c and d only within it
        self.row("kpi_scorecard", ("2026-01", "retention_12m"), value=1.0)
        self.row("kpi_scorecard", ("2026-01", "repeat_rate"), value=0.0)
        # of a, b and c, who had bought by 2025-02-15, c has not come back since
        self.row("kpi_scorecard", ("2026-02", "retention_12m"), value=2 / 3)
        self.row("kpi_scorecard", ("2026-02", "churn_rate"), value=1 / 4)
        self.row("kpi_scorecard", ("2026-02", "csat"), value=None, status="none")

    def test_won_without_a_day(self):
        self.row("acquisition_performance", ("2025-01", "(unknown)"), acquired=2, converted=2, days_to_first_order_median=0,
                 acquisition_cost=None, cac=None, net_profit_to_date=Decimal("4.00"), payback_months=None)


if __name__ == "__main__":
    unittest.main()
