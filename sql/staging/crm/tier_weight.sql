-- One row per dimension of the value score.

select
    dimension,
    weight
from raw.crm_tier_weights
