-- One row per known customer and product (0: unknown) ever bought.
--
-- The first month and whether it had a second purchase day are found at once, as the least of twice the month's number
-- plus one where it had: from the month after on, the customer is a repeat buyer anyway.

with

firsts as (
    select
        customer_no,
        product_no,
        min(2 * month_no + case when last_on > first_on then 1 else 0 end) as first_month,
        max(last_on) as last_on
    from work.customer_product_month
    group by customer_no, product_no
)

select
    customer_no,
    product_no,
    cast(first_month / 2 as integer) as first_month_no,
    first_month % 2 = 1 as repeats_in_first_month,
    last_on
from firsts
