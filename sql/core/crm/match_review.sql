-- One row per pair of raw records that may be one customer.

select
    left_system,
    left_id,
    right_system,
    right_id,
    probability,
    evidence,
    decision
from match.customer_review
