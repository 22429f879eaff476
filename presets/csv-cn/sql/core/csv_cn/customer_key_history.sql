-- One row per change of a customer's key between runs.
--
-- Runs for one day can find the same change more than once.

select
    changed_on,
    previous_key,
    customer_key,
    cause,
    sum(records) as records
from match.customer_history
group by changed_on, previous_key, customer_key, cause
