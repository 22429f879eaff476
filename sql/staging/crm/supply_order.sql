-- One row per line of a purchase order.

select
    supply_order_id,
    supplier_id,
    product_id,
    ordered_on,
    promised_on,
    received_on,
    ordered_quantity,
    received_quantity
from raw.crm_purchase_orders
