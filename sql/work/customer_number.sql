-- One row per customer, with a dense number in the order of the keys; number 0 stands for the unknown customer.
--
-- A customer whose key is the very text `(unknown)` cannot be told from nobody in a mart and is nobody: its events are
-- counted there, and marts of customers that rest on these numbers have no row of it.
--
-- Grouping, joining and sorting millions of rows by a number costs a fraction of doing so by the key.

select
    customer_key,
    cast(row_number() over (order by customer_key) as integer) as customer_no
from core.customer
where customer_key <> '(unknown)'
union all
select
    cast('(unknown)' as varchar) as customer_key,
    cast(0 as integer) as customer_no
