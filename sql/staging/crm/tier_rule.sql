-- One row per tier of the value score.

select
    tier,
    min_value_score,
    "sort"
from raw.crm_tier_rules
