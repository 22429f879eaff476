-- One row per customer of the master file.
--
-- Names come in capitals. Where the gender is not known the export writes NA.

select
    customer_id,
    initcap(nullif(concat_ws(' ', first_name, last_name), '')) as customer_name,
    email,
    nullif(gender, 'NA') as gender,
    birth_date,
    marital_status,
    annual_income,
    total_children,
    education_level,
    occupation,
    is_home_owner
from raw.customers
