-- One row per variant, with what a unit costs in the currency of the shop.

select
    variant.variant_id,
    variant.product_id,
    item.unit_cost
from raw.variants as variant
left join raw.inventory_items as item
    on variant.inventory_item_id = item.inventory_item_id
