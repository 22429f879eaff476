-- One row per series of customers and month of the 12 after the last complete one, from the published trend. The method is
-- taken as it was published, for the back-test of customers is not.

select * from forecast_of('customer_fact', 'customer_method', 'published_customer_forecast')
