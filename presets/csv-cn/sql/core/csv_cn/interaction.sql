-- One row per interaction.
--
-- A customer that no system has a record of keeps the id under which it came.

select
    interaction.interaction_id,
    coalesce(link.customer_key, interaction.source_system || '-' || interaction.source_customer_id) as customer_key,
    interaction.kind,
    interaction.occurred_at,
    interaction.product_id
from staging.interaction as interaction
left join match.customer as link
    on interaction.source_system = link.source_system
    and interaction.source_customer_id = link.source_customer_id
