-- One row per tier.

select
    tier,
    min_value_score,
    "sort"
from staging.tier_rule
