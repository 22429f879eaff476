-- One row per dimension of the value score.

select
    dimension,
    weight
from staging.tier_weight
