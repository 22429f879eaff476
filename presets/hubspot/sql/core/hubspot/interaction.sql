-- One row per interaction.

select
    interaction_id,
    customer_key,
    kind,
    occurred_at
from staging.interaction
