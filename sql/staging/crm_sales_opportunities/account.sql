-- One row per account.

select
    account,
    sector,
    office_location
from raw.accounts
