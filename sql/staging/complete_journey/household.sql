-- One row per household of the demographics file.

select
    household_id,
    age as age_band,
    income as income_band,
    home_ownership,
    marital_status,
    household_size,
    household_comp,
    kids_count
from raw.demographics
