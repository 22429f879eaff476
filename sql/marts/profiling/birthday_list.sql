-- One row per customer with a birthday in the 30 days after the snapshot.
--
-- Who was born on 29 February celebrates on the 28th in a year that has no 29th. Days of birth before 1900 or after the
-- snapshot are mistakes and left out. The birthday is computed from the date of birth itself, so that what may be
-- published of the one holds for the other.

with

born as (
    select
        customer_key,
        birth_date,
        marketing_consent,
        date_part('year', $as_of) - date_part('year', birth_date) as age
    from core.customer
    where birth_date >= date '1900-01-01' and birth_date <= $as_of
),

-- In December the next birthday may be next year's.
candidates as (
    select customer_key, birth_date, marketing_consent, age from born
    union all
    select customer_key, birth_date, marketing_consent, age + 1 as age from born
),

birthdays as (
    select
        customer_key,
        cast(birth_date + cast(cast(12 * age as varchar) || ' months' as interval) as date) as birthday_on,
        cast(age as integer) as turns,
        marketing_consent
    from candidates
    where age >= 1
)

select
    $as_of as as_of,
    birthdays.customer_key,
    birthdays.birthday_on,
    birthdays.turns,
    profile.value_tier,
    birthdays.marketing_consent
from birthdays
inner join marts.customer_profile as profile on birthdays.customer_key = profile.customer_key
where birthdays.birthday_on > $as_of and birthdays.birthday_on <= $as_of + 30
